// When a player needs what it reads, as far as a reader can tell.
import { expect, test } from 'vitest';
import { createPlayHead } from '../../../../../peer/transfer/pieces/play-head.ts';

/** One piece plays for two seconds. */
const film = { sizeBytes: 60_000, pieceBytes: 1000 };
const durationMs = 120_000;

function createReader(startBytes = 0) {
	let nowMs = 5000;
	const need = createPlayHead({ monotonicMs: () => nowMs }, film, durationMs, startBytes);
	return {
		neededInMs: (index: number, atBytes: number) => need(index, atBytes).neededAtMs - nowMs,
		wantedAtMs: () => need(0, startBytes).wantedAtMs,
		pass: (durationMs: number) => void (nowMs += durationMs),
	};
}

test('a player needs the first piece at once and the others as it plays', () => {
	const reader = createReader(10_000);
	expect(reader.neededInMs(10, 10_000)).toBe(0);
	expect(reader.neededInMs(13, 10_000)).toBe(6000);
	expect(reader.wantedAtMs()).toBe(5000);
});

test('what was read faster than it is played is in hand', () => {
	const reader = createReader();
	reader.pass(3000);
	expect(reader.neededInMs(5, 5000)).toBe(7000);
});

test('a player that stood still has nothing in hand', () => {
	const reader = createReader();
	reader.pass(30_000);
	expect(reader.neededInMs(6, 5000)).toBe(2000);
});

test('no player has more than a little in hand', () => {
	const reader = createReader();
	expect(reader.neededInMs(41, 40_000)).toBe(22_000);
});
