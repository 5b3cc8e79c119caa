import { expect, test } from 'vitest';
import { createRateMeter } from '../../../../peer/transfer/rate-meter.ts';

test('a steady rate is told within a second', () => {
	const meter = createRateMeter();
	for (let nowMs = 5000; nowMs < 6000; nowMs += 10) meter.add(1000, nowMs);
	expect(meter.bytesPerSecond(5999)).toBe(100_000);
	for (let nowMs = 6000; nowMs < 15_000; nowMs += 10) meter.add(1000, nowMs);
	expect(meter.bytesPerSecond(14_999)).toBe(100_000);
	expect(meter.totalBytes).toBe(1_000_000);
});

test('a rate falls to nothing three seconds after the last byte', () => {
	const meter = createRateMeter();
	meter.add(1_000_000, 1000);
	expect(meter.bytesPerSecond(2000)).toBeGreaterThan(0);
	expect(meter.bytesPerSecond(5000)).toBe(0);
	expect(meter.totalBytes).toBe(1_000_000);
});

test('a long silence does not disturb what comes after', () => {
	const meter = createRateMeter();
	meter.add(500, 0);
	meter.add(3000, 10_000_000);
	expect(meter.bytesPerSecond(10_000_000)).toBe(1000);
});
