import { expect, it } from 'vitest';
import { createSeededRandom } from '../../../../edge-server/announce/seeded-random.ts';

it('gives equal numbers for equal seeds, and others for others', () => {
	const take = (seed: number) => Array.from({ length: 5 }, createSeededRandom(seed));
	expect(take(1)).toEqual(take(1));
	expect(take(1)).not.toEqual(take(2));
});

it('is even from 0 to below 1', () => {
	const random = createSeededRandom(99);
	const buckets = new Array<number>(10).fill(0);
	for (let count = 0; count < 10_000; count += 1) {
		const bucket = Math.floor(random() * 10);
		buckets[bucket] = (buckets[bucket] ?? 0) + 1;
	}
	expect(buckets).toHaveLength(10);
	for (const bucket of buckets) expect(Math.abs(bucket - 1000)).toBeLessThan(150);
});
