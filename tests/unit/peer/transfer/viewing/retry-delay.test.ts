import { expect, test } from 'vitest';
import { retryDelayMs } from '../../../../../peer/transfer/viewing/retry-delay.ts';

const least = (target: Uint8Array) => void target.fill(0);
const most = (target: Uint8Array) => void target.fill(255);

test('doubles from half a second to fifteen', () => {
	const delays = [0, 1, 2, 3, 4, 5, 6, 1000].map((attempt) => retryDelayMs(attempt, most));
	expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
});

test('half of it is chance', () => {
	expect(retryDelayMs(3, least)).toBe(2000);
	expect(retryDelayMs(3, most)).toBe(4000);
});
