import { describe, expect, test } from 'vitest';
import { createLineAhead } from '../../../../../peer/transfer/serving/line-ahead.ts';

const kibibyte = 1024;
const leastBytes = 320 * kibibyte;
const mostBytes = 1024 * kibibyte;

/** A line of a steady pace, looked at every five milliseconds. */
function createLine(kibibytesPerSecond: number) {
	let nowMs = 0;
	let bufferedBytes = 0;
	const ahead = createLineAhead({
		link: { bufferedBytes: () => bufferedBytes },
		clock: { monotonicMs: () => nowMs },
		...{ leastBytes, mostBytes },
	});
	const fill = () => {
		while (ahead.hasRoom()) {
			ahead.handed(64 * kibibyte);
			bufferedBytes += 64 * kibibyte;
		}
		return bufferedBytes / kibibyte;
	};
	const pass = (ms: number) => {
		nowMs += ms;
		bufferedBytes = Math.max(0, bufferedBytes - (kibibytesPerSecond * kibibyte * ms) / 1000);
	};
	const play = (ms: number) => {
		for (let passedMs = 0; passedMs < ms; passedMs += 5) {
			fill();
			pass(5);
		}
		return fill();
	};
	return { fill, pass, play };
}

describe('what lies ahead of the network', () => {
	test('is the most while nobody knows the line', () => {
		expect(createLine(1000).fill()).toBe(1024);
	});

	test.each([
		['a home’s uplink, the least', 1000, 320, 384],
		['a line of 5 MiB/s, a tenth of a second', 5120, 512, 576],
		['a fast one, the most', 50_000, 1024, 1088],
	])('is, on %s', (_, kibibytesPerSecond, atLeast, atMost) => {
		const aheadKib = createLine(kibibytesPerSecond).play(5000);
		expect(aheadKib).toBeGreaterThanOrEqual(atLeast);
		expect(aheadKib).toBeLessThanOrEqual(atMost);
	});

	test('does not shrink while there is nothing to send', () => {
		const line = createLine(9000);
		const before = line.play(2000);
		line.pass(60_000);
		expect(line.fill()).toBeGreaterThanOrEqual(before - 64);
	});
});
