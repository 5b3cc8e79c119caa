import { describe, expect, it } from 'vitest';
import {
	drawChance,
	hopelessDelayMs,
	longestSpanMs,
	nextDelayMs,
} from '../../../../peer/edge/reconnect-policy.ts';
import { createSeededRandom } from '../../../support/peer/seeded-random.ts';

describe('nextDelayMs', () => {
	it.each([
		[0, 1_000],
		[1, 2_000],
		[5, 32_000],
		[6, longestSpanMs],
		[1_000, longestSpanMs],
	])('draws the wait after failure %d from [0, %d) ms', (attempt, spanMs) => {
		expect(nextDelayMs(attempt, { kind: 'none' }, 0)).toBe(0);
		expect(nextDelayMs(attempt, { kind: 'none' }, 0.5)).toBe(spanMs / 2);
	});

	it('waits at least as long as the edge asks', () => {
		expect(nextDelayMs(0, { kind: 'retry-after', delayMs: 5_000 }, 0)).toBe(5_000);
		expect(nextDelayMs(0, { kind: 'retry-after', delayMs: 5_000 }, 0.5)).toBe(5_500);
	});

	it('comes back exactly when a draining edge says', () => {
		expect(nextDelayMs(9, { kind: 'come-back-after', delayMs: 700 }, 0.9)).toBe(700);
	});

	it('keeps trying, rarely, after a refusal that waiting does not cure', () => {
		expect(nextDelayMs(0, { kind: 'hopeless' }, 0)).toBe(hopelessDelayMs);
	});
});

describe('drawChance', () => {
	it('spreads over [0, 1)', () => {
		const random = createSeededRandom();
		const drawn = Array.from({ length: 1_000 }, () => drawChance(random));
		expect(Math.min(...drawn)).toBeLessThan(0.1);
		expect(Math.max(...drawn)).toBeGreaterThan(0.9);
		expect(drawn.every((chance) => chance >= 0 && chance < 1)).toBe(true);
		expect(drawChance((target) => target.fill(255))).toBeLessThan(1);
	});
});
