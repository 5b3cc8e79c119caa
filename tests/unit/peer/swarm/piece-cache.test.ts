import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPieceCache, type PieceRange } from '../../../../peer/swarm/piece-cache.ts';

const piece = (index: number) => new Uint8Array(10).fill(index);

function openCache(capacityBytes: number) {
	const forgotten: number[] = [];
	const fetched: (readonly PieceRange[])[] = [];
	const cache = createPieceCache({
		capacityBytes,
		fetch: (ranges) => fetched.push(ranges),
		forget: (index) => forgotten.push(index),
	});
	return { cache, forgotten, fetched };
}

describe('a piece cache', () => {
	it('gives what was put in, until it is full, and then forgets what was not used for longest', () => {
		const { cache, forgotten } = openCache(30);
		for (const index of [0, 1, 2]) cache.put(index, piece(index));
		expect(cache.get(0)).toEqual(piece(0));
		cache.put(3, piece(3));
		expect(forgotten).toEqual([1]);
		expect([0, 1, 2, 3].map((index) => cache.get(index) !== undefined)).toEqual([
			true,
			false,
			true,
			true,
		]);
	});

	it('keeps what somebody wants, beyond its capacity', () => {
		const { cache, forgotten } = openCache(10);
		const release = cache.want({ from: 0, to: 2 });
		for (const index of [0, 1, 2]) cache.put(index, piece(index));
		expect(forgotten).toEqual([]);
		release();
		expect(forgotten).toEqual([0, 1]);
		expect(cache.get(2)).toEqual(piece(2));
	});

	it('fetches what is wanted now and nothing else', () => {
		const { cache, fetched } = openCache(10);
		const releaseOne = cache.want({ from: 0, to: 2 });
		const releaseOther = cache.want({ from: 2, to: 5 });
		releaseOne();
		releaseOther();
		releaseOther();
		expect(fetched).toEqual([
			[{ from: 0, to: 2 }],
			[
				{ from: 0, to: 2 },
				{ from: 2, to: 5 },
			],
			[{ from: 2, to: 5 }],
			[],
		]);
	});

	it('lets go of pieces that are half here when nobody wants them any more', () => {
		const { cache, forgotten } = openCache(100);
		const releaseOne = cache.want({ from: 0, to: 3 });
		cache.want({ from: 3, to: 4 });
		cache.put(0, piece(0));
		releaseOne();
		expect(forgotten).toEqual([1, 2]);
	});

	it('tells of every arrival', () => {
		const { cache } = openCache(10);
		const arrived: number[] = [];
		const stop = cache.onArrival((index) => arrived.push(index));
		cache.put(4, piece(4));
		stop();
		cache.put(5, piece(5));
		expect(arrived).toEqual([4]);
	});

	it('never holds more than its capacity and what is wanted, in any order of events', () => {
		fc.assert(
			fc.property(
				fc.array(fc.tuple(fc.constantFrom('put', 'want', 'release', 'get'), fc.nat(20)), {
					maxLength: 80,
				}),
				(steps) => {
					const { cache, forgotten } = openCache(50);
					const held = new Set<number>();
					const releases: (() => void)[] = [];
					const wanted: number[] = [];
					for (const [step, index] of steps) {
						if (step === 'put') {
							cache.put(index, piece(index));
							held.add(index);
						} else if (step === 'want') {
							wanted.push(index);
							releases.push(cache.want({ from: index, to: index }));
						} else if (step === 'release') {
							wanted.shift();
							releases.shift()?.();
						} else cache.get(index);
						for (const gone of forgotten.splice(0)) held.delete(gone);
						const unwanted = [...held].filter((one) => !wanted.includes(one));
						const pinned = held.size - unwanted.length;
						expect(unwanted.length === 0 || (pinned + unwanted.length) * 10 <= 50).toBe(true);
						for (const one of held) expect(cache.get(one)).toBeDefined();
					}
				},
			),
		);
	});
});
