// The mix of sources: whatever they do, what is read is the film or a typed error; and who is fastest does most.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GiggityflixError } from '../../../../../proto/errors.ts';
import { readMixed } from '../../../../../peer/transfer/pieces/mixed-reader.ts';
import { createPieceMix } from '../../../../../peer/transfer/pieces/piece-mix.ts';
import type { PieceShelf } from '../../../../../peer/transfer/pieces/piece-shelf.ts';
import {
	createMix,
	createSource,
	digests,
	film,
	good,
	pieceBytes,
	pieces,
	whole,
	within,
	type Behaviour,
} from '../../../../support/transfer/paced-sources.ts';
import { createSleepingClock } from '../../../../support/transfer/sleeping-clock.ts';
import { readAll } from '../../../../support/transfer/transfer-pair.ts';

const never = new AbortController().signal;

describe('several sources', () => {
	test('each gives as much as it can', async () => {
		const { clock, read, received } = createMix([good(40_000), good(20_000)]);
		await within(clock, 30_000, readAll(read()));
		const [fast = 0, slow = 0] = ['0', '1'].map((name) => received.get(name));
		expect(fast / slow).toBeGreaterThan(1.4);
		expect(fast / slow).toBeLessThan(3);
	});

	test('are faster together than the fastest alone', async () => {
		const spent = async (behaviours: Behaviour[]) => {
			const { clock, read } = createMix(behaviours);
			await within(clock, 120_000, readAll(read()));
			return clock.monotonicMs();
		};
		const alone = await spent([good(30_000)]);
		const together = await spent([good(30_000), good(30_000), good(30_000)]);
		expect(together).toBeLessThan(alone * 0.6);
	});

	test('one that stalls is replaced in less than the player has', async () => {
		const stalls: Behaviour = { bytesPerSecond: 1e6, goodBytes: 100_000, then: 'stalls' };
		const { clock, read } = createMix([stalls, good(1e6)]);
		const bytes = await within(clock, 12_000, readAll(read()));
		expect(bytes.equals(film)).toBe(true);
	});

	test('one that lies is dropped for good and told of once', async () => {
		const lies: Behaviour = { bytesPerSecond: 1e6, goodBytes: 50_000, then: 'lies' };
		const { clock, read, bad, sources } = createMix([lies, good(1e5)]);
		expect((await within(clock, 60_000, readAll(read()))).equals(film)).toBe(true);
		expect(bad).toEqual(['0']);
		const askedCount = sources[0]!.askedCount();
		await within(clock, 60_000, readAll(read()));
		expect(sources[0]!.askedCount()).toBe(askedCount);
	});

	test('the last one lying is a typed error, not a film', async () => {
		const { clock, read } = createMix([{ ...good(1e6), goodBytes: 0, then: 'lies' }]);
		await expect(within(clock, 5000, readAll(read()))).rejects.toMatchObject({ code: 'corrupt' });
	});

	test('one that fails for a moment is asked again after a rest', async () => {
		const clock = createSleepingClock();
		const { source } = createSource('0', good(1e6), clock);
		let failures = 2;
		const mix = createPieceMix({
			...{ pieces, clock, onBad: () => undefined, onBytes: () => undefined },
		});
		mix.join({
			...source,
			async *read(range, signal) {
				if (failures-- > 0) throw new GiggityflixError('unavailable', 'by the test');
				yield* source.read(range, signal);
			},
		});
		const reading = readAll(readMixed({ pieces, mix, clock }, whole, never));
		expect((await within(clock, 30_000, reading)).equals(film)).toBe(true);
	});
});

test('whatever the sources do, a reader gets the film or a typed error', async () => {
	const thens = ['goes on', 'lies', 'stalls', 'ends early', 'unavailable', 'not-found'] as const;
	const behaviour = fc.record<Behaviour>({
		bytesPerSecond: fc.integer({ min: 20_000, max: 5_000_000 }),
		goodBytes: fc.integer({ min: 0, max: film.length }),
		then: fc.constantFrom(...thens),
	});
	await fc.assert(
		fc.asyncProperty(
			fc.array(behaviour, { minLength: 1, maxLength: 4 }),
			fc.nat(film.length - 1),
			fc.boolean(),
			async (behaviours, offsetBytes, hasHonest) => {
				const all = hasHonest ? [...behaviours, good(100_000)] : behaviours;
				const { clock, read, bad } = createMix(all);
				const reading = new AbortController();
				const range = { offsetBytes, lengthBytes: film.length - offsetBytes };
				const outcome = readAll(read(range, reading.signal)).then(
					(bytes) => bytes.equals(film.subarray(offsetBytes)),
					(error: unknown) => {
						expect(error).toBeInstanceOf(GiggityflixError);
						return 'error' as const;
					},
				);
				const end = { isReached: false };
				void outcome.then(() => (end.isReached = true));
				for (let step = 0; step < 60 && !end.isReached; step += 1) {
					await clock.advance(1000);
					await digests.settled();
				}
				if (hasHonest) expect(end.isReached).toBe(true);
				// With nobody honest a stalled source is waited for.
				reading.abort(new GiggityflixError('cancelled', 'the test is over'));
				const result = await outcome;
				expect(result).not.toBe(false);
				if (hasHonest) expect(result).toBe(true);
				for (const name of bad) expect(all[Number(name)]?.then).toBe('lies');
			},
		),
		{ numRuns: 40 },
	);
}, 60_000);

describe('the shelf', () => {
	function createShelf(stored: Map<number, Uint8Array<ArrayBuffer>>): PieceShelf {
		return {
			has: (index) => stored.has(index),
			load: async (index) => stored.get(index),
			async keep(index, bytes) {
				stored.set(index, bytes);
				return true;
			},
			drop: (index) => void stored.delete(index),
		};
	}

	test('keeps what was fetched, and nothing of it is fetched again', async () => {
		const stored = new Map<number, Uint8Array<ArrayBuffer>>();
		const first = createMix([good(1e6)], createShelf(stored));
		await within(
			first.clock,
			30_000,
			readAll(first.read({ offsetBytes: 0, lengthBytes: 163_840 })),
		);
		expect(stored.size).toBeGreaterThanOrEqual(10);
		const kept = stored.size;
		const second = createMix([good(1e6)], createShelf(stored));
		expect((await within(second.clock, 30_000, readAll(second.read()))).equals(film)).toBe(true);
		expect(second.received.get('0')).toBe(film.length - kept * pieceBytes);
		expect(second.received.get(undefined)).toBe(kept * pieceBytes);
	});

	test('is not believed: a damaged piece is fetched', async () => {
		const stored = new Map([[0, new Uint8Array(pieceBytes)]]);
		const { clock, read, bad } = createMix([good(1e6)], createShelf(stored));
		expect((await within(clock, 30_000, readAll(read()))).equals(film)).toBe(true);
		expect(Buffer.from(stored.get(0)!).equals(film.subarray(0, pieceBytes))).toBe(true);
		expect(bad).toEqual([]);
	});

	test('takes what came by another way, if it is good', async () => {
		const { clock, mix, read, received } = createMix([good(1e6)]);
		await mix.offer(0, film.slice(0, pieceBytes));
		await mix.offer(1, new Uint8Array(pieceBytes));
		expect([mix.isAtHand(0), mix.isAtHand(1)]).toEqual([true, false]);
		await within(clock, 5000, readAll(read({ offsetBytes: 0, lengthBytes: pieceBytes })));
		expect(received.size).toBe(0);
	});
});
