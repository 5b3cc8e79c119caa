import { describe, expect, it } from 'vitest';
import { createTokenBucket } from '../../../../edge-server/sessions/rate-limit.ts';

const takes = (bucket: ReturnType<typeof createTokenBucket>, count: number, nowMs: number) =>
	Array.from({ length: count }, () => bucket.take(nowMs)).filter(Boolean).length;

describe('createTokenBucket', () => {
	it('lets a burst through and no more', () => {
		const bucket = createTokenBucket({ ratePerSecond: 10, burst: 30, nowMs: 0 });
		expect(takes(bucket, 50, 0)).toBe(30);
	});

	it('fills at its rate, up to the burst', () => {
		const bucket = createTokenBucket({ ratePerSecond: 10, burst: 30, nowMs: 0 });
		takes(bucket, 30, 0);
		expect(takes(bucket, 50, 1_000)).toBe(10);
		expect(takes(bucket, 50, 100_000)).toBe(30);
	});

	it('keeps fractions of a token', () => {
		const bucket = createTokenBucket({ ratePerSecond: 1, burst: 1, nowMs: 0 });
		takes(bucket, 1, 0);
		expect(bucket.take(600)).toBe(false);
		expect(bucket.take(1_000)).toBe(true);
	});
});
