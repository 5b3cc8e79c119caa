// The mix of sources: whatever they do, what is read is the film or a typed error; and who is fastest does most.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GiggityflixError, type ErrorCode } from '../../../../proto/errors.ts';
import { encodeInfoDictionary } from '../../../../peer/hashing/info-dictionary.ts';
import type { ByteRange } from '../../../../peer/transfer/byte-source.ts';
import { readFilmPieces } from '../../../../peer/transfer/film-pieces.ts';
import { piecesAhead, readMixed } from '../../../../peer/transfer/mixed-reader.ts';
import { createPieceMix, type MixSource } from '../../../../peer/transfer/piece-mix.ts';
import type { PieceShelf } from '../../../../peer/transfer/piece-shelf.ts';

import { piecesOf, testBytes } from '../../../support/transfer/offered-memory.ts';
import { watchDigests } from '../../../support/transfer/running-digests.ts';
import {
	createSleepingClock,
	type SleepingClock,
} from '../../../support/transfer/sleeping-clock.ts';
import { readAll } from '../../../support/transfer/transfer-pair.ts';

const pieceBytes = 16 * 1024;
const film = testBytes(40 * pieceBytes + 123);
const pieces = readFilmPieces(
	encodeInfoDictionary({ name: 'film', ...piecesOf(film, pieceBytes) }),
	{ sizeBytes: film.length, piecesId: undefined },
);
const never = new AbortController().signal;
const digests = watchDigests();
const whole = { offsetBytes: 0, lengthBytes: film.length };

interface Behaviour {
	readonly bytesPerSecond: number;
	/** From this many bytes on it does something else. */
	readonly goodBytes: number;
	readonly then: 'goes on' | 'lies' | 'stalls' | 'ends early' | ErrorCode;
}

const good = (bytesPerSecond: number): Behaviour => ({
	bytesPerSecond,
	goodBytes: Infinity,
	then: 'goes on',
});

/** Sends at its pace, shared by all its requests. */
function createSource(name: string, behaviour: Behaviour, clock: SleepingClock) {
	const chunk = 4096;
	let sentBytes = 0;
	let line = Promise.resolve();
	let askedCount = 0;
	async function* read(range: ByteRange, signal: AbortSignal) {
		askedCount += 1;
		for (let at = range.offsetBytes; at < range.offsetBytes + range.lengthBytes;) {
			const end = Math.min(at + chunk, range.offsetBytes + range.lengthBytes);
			const turn = line.then(() =>
				clock.sleep(((end - at) * 1000) / behaviour.bytesPerSecond, signal),
			);
			line = turn.catch(() => undefined);
			await turn;
			const bytes = film.slice(at, end);
			if (sentBytes >= behaviour.goodBytes) {
				if (behaviour.then === 'ends early') return;
				if (behaviour.then === 'stalls') await clock.sleep(1e9, signal);
				else if (behaviour.then === 'lies') bytes[0]! ^= 1;
				else if (behaviour.then !== 'goes on')
					throw new GiggityflixError(behaviour.then, 'by the test');
			}
			sentBytes += bytes.length;
			at = end;
			yield bytes;
		}
	}
	const source: MixSource = { name, read, isReady: () => true };
	return {
		source,
		askedCount: () => askedCount,
		sentBytes: () => sentBytes,
	};
}

function createMix(behaviours: readonly Behaviour[], shelf?: PieceShelf) {
	const clock = createSleepingClock();
	const bad: string[] = [];
	const received = new Map<string | undefined, number>();
	const mix = createPieceMix({
		...{ pieces, clock, shelf },
		onBad: (name) => void bad.push(name),
		onBytes: (name, bytes) => received.set(name, (received.get(name) ?? 0) + bytes),
	});
	const sources = behaviours.map((behaviour, index) =>
		createSource(String(index), behaviour, clock),
	);
	for (const { source } of sources) mix.join(source);
	const read = (range: ByteRange = whole, signal = never, durationMs?: number) =>
		readMixed({ pieces, mix, durationMs }, range, signal);
	return { clock, mix, sources, bad, received, read };
}

/** Lets time pass until a promise is settled. */
async function within<Value>(clock: SleepingClock, ms: number, promise: Promise<Value>) {
	const end = { isReached: false };
	const settled = promise.finally(() => (end.isReached = true));
	settled.catch(() => undefined);
	for (let passed = 0; passed < ms && !end.isReached; passed += 500) {
		await clock.advance(500);
		await digests.settled();
	}
	if (!end.isReached) throw new Error(`not settled after ${ms} ms`);
	return settled;
}

describe('reading', () => {
	test('any range is exactly the bytes of the film', async () => {
		const { clock, read } = createMix([good(1e6), good(2e5)]);
		for (const [offsetBytes, lengthBytes] of [
			[0, 1],
			[pieceBytes - 1, 2],
			[5 * pieceBytes, pieceBytes],
			[film.length - 1, 1],
			[7, film.length - 7],
		] as const) {
			const bytes = await within(clock, 60_000, readAll(read({ offsetBytes, lengthBytes })));
			expect(bytes.equals(film.subarray(offsetBytes, offsetBytes + lengthBytes))).toBe(true);
		}
	});

	test('chunks are the reader’s own', async () => {
		const { clock, read } = createMix([good(1e6)]);
		for (let time = 0; time < 2; time += 1) {
			const chunks: Uint8Array[] = [];
			const reading = (async () => {
				for await (const chunk of read({ offsetBytes: 0, lengthBytes: 9000 })) {
					chunks.push(chunk.slice());
					chunk.fill(0);
				}
			})();
			await within(clock, 5000, reading);
			expect(Buffer.concat(chunks).equals(film.subarray(0, 9000))).toBe(true);
		}
	});

	test('leaving ends what runs', async () => {
		const { clock, read, sources } = createMix([good(1e5)]);
		const reading = new AbortController();
		const all = readAll(read(whole, reading.signal));
		await clock.advance(1000);
		reading.abort(new GiggityflixError('cancelled', 'enough'));
		await expect(all).rejects.toMatchObject({ code: 'cancelled' });
		await clock.advance(1000);
		const before = sources[0]!.sentBytes();
		await clock.advance(5000);
		expect(sources[0]!.sentBytes()).toBe(before);
		expect(clock.sleeping()).toBe(0);
	});

	test('wants no more than fifteen seconds of the film ahead of a reader who pauses', async () => {
		const { clock, read, sources } = createMix([good(1e7)]);
		// Two pieces a second.
		const durationMs = (film.length / (2 * pieceBytes)) * 1000;
		const iterator = read(whole, never, durationMs)[Symbol.asyncIterator]();
		for (let pieceCount = 0; pieceCount < 8; pieceCount += 1) {
			await within(clock, 5000, iterator.next());
		}
		await clock.advance(10_000);
		expect(piecesAhead(pieces, durationMs)).toBe(30);
		expect(sources[0]!.sentBytes()).toBeLessThanOrEqual((8 + 30) * pieceBytes);
		await iterator.return();
	});

	test('the first piece shares the line with nothing', async () => {
		const { clock, read } = createMix([good(pieceBytes)]);
		const first = read()[Symbol.asyncIterator]().next();
		await within(clock, 1500, first);
	});
});

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
		const reading = readAll(readMixed({ pieces, mix }, whole, never));
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
