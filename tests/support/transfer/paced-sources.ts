// A film and sources that send it at a pace of their own, until they lie, stall or fail; and a mix of them.
import { GiggityflixError, type ErrorCode } from '../../../proto/errors.ts';
import { encodeInfoDictionary } from '../../../peer/hashing/info-dictionary.ts';
import type { ByteRange } from '../../../peer/transfer/byte-source.ts';
import { readFilmPieces } from '../../../peer/transfer/pieces/film-pieces.ts';
import { readMixed } from '../../../peer/transfer/pieces/mixed-reader.ts';
import type { MixSource } from '../../../peer/transfer/pieces/mix-state.ts';
import { createPieceMix } from '../../../peer/transfer/pieces/piece-mix.ts';
import type { PieceShelf } from '../../../peer/transfer/pieces/piece-shelf.ts';
import { piecesOf, testBytes } from './offered-memory.ts';
import { watchDigests } from './running-digests.ts';
import { createSleepingClock, type SleepingClock } from './sleeping-clock.ts';

export const pieceBytes = 16 * 1024;
export const film = testBytes(40 * pieceBytes + 123);
export const pieces = readFilmPieces(
	encodeInfoDictionary({ name: 'film', ...piecesOf(film, pieceBytes) }),
	{ sizeBytes: film.length, piecesId: undefined },
);
const never = new AbortController().signal;
export const digests = watchDigests();
export const whole = { offsetBytes: 0, lengthBytes: film.length };

export interface Behaviour {
	readonly bytesPerSecond: number;
	/** From this many bytes on it does something else. */
	readonly goodBytes: number;
	readonly then: 'goes on' | 'lies' | 'stalls' | 'ends early' | ErrorCode;
}

export const good = (bytesPerSecond: number): Behaviour => ({
	bytesPerSecond,
	goodBytes: Infinity,
	then: 'goes on',
});

/** Sends at its pace, shared by all its requests. */
export function createSource(name: string, behaviour: Behaviour, clock: SleepingClock) {
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

export function createMix(behaviours: readonly Behaviour[], shelf?: PieceShelf) {
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
		readMixed({ pieces, mix, clock, durationMs }, range, signal);
	return { clock, mix, sources, bad, received, read };
}

/** Lets time pass until a promise is settled. */
export async function within<Value>(clock: SleepingClock, ms: number, promise: Promise<Value>) {
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
