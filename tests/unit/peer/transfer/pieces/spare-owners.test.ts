// When an owner is asked for a piece although others watch as well.
import { describe, expect, test } from 'vitest';
import { placeAtOwner } from '../../../../../peer/transfer/pieces/spare-owners.ts';

const nowMs = 100_000;

/** A piece of theirs, or of so many turns before ours. */
function place(
	theirs: { readonly has?: boolean; readonly turn?: number },
	{ neededInMs = 30_000, waitedMs = 0 } = {},
): number | undefined {
	const need = { wantedAtMs: nowMs - waitedMs, neededAtMs: nowMs + neededInMs };
	const company = { has: () => theirs.has === true, turn: () => theirs.turn ?? 0 };
	return placeAtOwner({ index: 7, need }, company, nowMs);
}

describe('an owner is asked', () => {
	test('at once and before all else for what is urgent, whoever has it or is to bring it in', () => {
		expect(place({ has: true }, { neededInMs: 3000 })).toBe(0);
		expect(place({ turn: 4 }, { neededInMs: -1000 })).toBe(0);
	});

	test('at once for what nobody says when it is needed', () => {
		const company = { has: () => true, turn: () => 4 };
		expect(placeAtOwner({ index: 7, need: undefined }, company, nowMs)).toBe(0);
	});

	test('at once, after what is urgent, for what is our turn', () => {
		expect(place({ turn: 0 })).toBe(1);
	});

	test('later for what others are to bring in, the later the more of them come before us', () => {
		expect(place({ turn: 1 })).toBeUndefined();
		expect(place({ turn: 1 }, { waitedMs: 2000 })).toBe(2);
		expect(place({ turn: 2 }, { waitedMs: 2000 })).toBeUndefined();
		expect(place({ turn: 2 }, { waitedMs: 4000 })).toBe(3);
	});

	test('last for what others have and do not send', () => {
		expect(place({ has: true, turn: 0 })).toBeUndefined();
		const last = place({ has: true, turn: 0 }, { waitedMs: 4000 }) ?? 0;
		expect(last).toBeGreaterThan(place({ turn: 30 }, { waitedMs: 60_000 }) ?? Infinity);
	});
});
