// The beginning of a film and its index (MP4's moov, Matroska's cues), fetched as soon as it is opened
// and kept: players look there before anything else, so a film with its index at the end starts as fast as
// one with it in front. Reads that come before a piece is complete follow it as it fills. Knows nothing of
// where bytes come from.
import type { ByteRange } from '../byte-source.ts';
import { findIndex, type IndexRange } from './index-range.ts';
import { createDeferred, orAborted, type Deferred } from '../settling.ts';

const leastHeadBytes = 512 * 1024;
const mostHeadBytes = 4 * 1024 * 1024;
/** A film of two hours plays for that long in a second and a half. */
const headsInFilm = 4096;

/** How much of a film's media its first picture needs; also the tail of a film whose head does not tell where its index is. */
export function headBytesOf(sizeBytes: number): number {
	return Math.min(mostHeadBytes, Math.max(leastHeadBytes, Math.ceil(sizeBytes / headsInFilm)));
}

/** Chromium asks from the beginning of the block that holds what it looks for. */
const playerBlockBytes = 32 * 1024;
/** What is asked for first: small, so that it is here long before a whole frame, and more than enough to find the index. */
const firstBytes = 16 * 1024;

export type ReadBytes = (
	range: ByteRange,
	signal: AbortSignal,
) => AsyncIterable<Uint8Array<ArrayBuffer>>;

export interface HeadAndIndex {
	/** Bytes of the film at `offsetBytes` that are kept or on their way, `maxBytes` at most; waits for the first. */
	take(
		offsetBytes: number,
		maxBytes: number,
		signal: AbortSignal,
	): Promise<Uint8Array<ArrayBuffer>> | undefined;
	/** Where the next kept piece at or after `offsetBytes` starts; `Infinity` when there is none. */
	nextStartBytes(offsetBytes: number): number;
	/** Resolves when nothing of it is on its way any more, however that ended. */
	readonly fetched: Promise<void>;
}

interface Piece {
	readonly offsetBytes: number;
	readonly bytes: Uint8Array<ArrayBuffer>;
	filledBytes: number;
	/** Settled and replaced whenever bytes arrive; rejected when no more will. */
	progress: Deferred<undefined>;
}

export interface FetchOptions {
	readonly sizeBytes: number;
	/** Whether what is deflatable comes deflated, and before everything else. */
	readonly comesDeflated: boolean;
	readonly read: ReadBytes;
	/** Ends it. */
	readonly signal: AbortSignal;
}

/** Starts to read the head, and the index once the head tells where it is. */
export function fetchHeadAndIndex(options: FetchOptions): HeadAndIndex {
	const { sizeBytes, comesDeflated, read, signal } = options;
	const pieces = new Set<Piece>();
	const fetched = createDeferred<undefined>();
	let fetchingCount = 0;
	const fetch = (range: Wanted, onFirstBytes?: (bytes: Uint8Array) => void): void => {
		if (range.lengthBytes <= 0) return;
		const piece = createPiece(range.offsetBytes, range.lengthBytes);
		pieces.add(piece);
		fetchingCount += 1;
		fill(piece, read(range, signal), onFirstBytes)
			.catch((error: unknown) => {
				// Reads then go the long way and meet the reason there.
				pieces.delete(piece);
				piece.progress.reject(error);
			})
			.finally(() => {
				fetchingCount -= 1;
				if (fetchingCount === 0) fetched.resolve(undefined);
			});
	};
	const beginning = { offsetBytes: 0, lengthBytes: Math.min(sizeBytes, firstBytes) };
	fetch(beginning, (bytes) => {
		const index = findIndex(bytes, sizeBytes);
		for (const range of restOf(index, sizeBytes, comesDeflated)) fetch(range);
	});
	return {
		take(offsetBytes, maxBytes, readerSignal) {
			const piece = [...pieces].find((candidate) => covers(candidate, offsetBytes));
			return piece && takeFrom(piece, offsetBytes, maxBytes, readerSignal);
		},
		nextStartBytes: (offsetBytes) =>
			[...pieces]
				.map((piece) => piece.offsetBytes)
				.filter((start) => start >= offsetBytes)
				.reduce((nearest, start) => Math.min(nearest, start), Infinity),
		fetched: fetched.promise,
	};
}

type Wanted = IndexRange & Pick<ByteRange, 'isDeflatable'>;

/** What a player needs beyond the first bytes, in the order it needs it: the index, and the media it begins with. */
function restOf(
	index: IndexRange | undefined,
	sizeBytes: number,
	comesDeflated: boolean,
): Wanted[] {
	const headBytes = headBytesOf(sizeBytes);
	const headEnd = Math.min(sizeBytes, headBytes);
	const { offsetBytes, lengthBytes } = index ?? tailOf(sizeBytes);
	const indexEnd = offsetBytes + lengthBytes;
	const isDeflatable = index !== undefined;
	if (offsetBytes > headEnd) {
		const indexStart = offsetBytes - (offsetBytes % playerBlockBytes);
		return [{ ...between(indexStart, indexEnd), isDeflatable }, between(firstBytes, headEnd)];
	}
	// The media begins behind an index in front. Plain ranges take turns: both are one range then.
	const mediaEnd = Math.min(sizeBytes, indexEnd + headBytes);
	const isInFront = isDeflatable && offsetBytes <= firstBytes;
	if (!comesDeflated || !isInFront) return [between(firstBytes, mediaEnd)];
	return [
		{ ...between(firstBytes, indexEnd), isDeflatable },
		between(Math.max(firstBytes, indexEnd), mediaEnd),
	];
}

function tailOf(sizeBytes: number): IndexRange {
	const offsetBytes = Math.max(0, sizeBytes - headBytesOf(sizeBytes));
	return { offsetBytes, lengthBytes: sizeBytes - offsetBytes };
}

function between(startBytes: number, endBytes: number): IndexRange {
	return { offsetBytes: startBytes, lengthBytes: endBytes - startBytes };
}

function createPiece(offsetBytes: number, lengthBytes: number): Piece {
	const bytes = new Uint8Array(lengthBytes);
	return { offsetBytes, bytes, filledBytes: 0, progress: createProgress() };
}

/** `onFirstBytes` sees the first chunk. */
async function fill(
	piece: Piece,
	chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
	onFirstBytes?: (bytes: Uint8Array) => void,
): Promise<void> {
	for await (const chunk of chunks) {
		piece.bytes.set(chunk, piece.filledBytes);
		if (piece.filledBytes === 0) onFirstBytes?.(chunk);
		piece.filledBytes += chunk.length;
		const { progress } = piece;
		piece.progress = createProgress();
		progress.resolve(undefined);
	}
}

function covers(piece: Piece, offsetBytes: number): boolean {
	return piece.offsetBytes <= offsetBytes && offsetBytes < piece.offsetBytes + piece.bytes.length;
}

async function takeFrom(
	piece: Piece,
	offsetBytes: number,
	maxBytes: number,
	signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
	const start = offsetBytes - piece.offsetBytes;
	while (piece.filledBytes <= start) await orAborted(piece.progress.promise, signal);
	// A copy: chunks belong to the reader, who may transfer them away.
	return piece.bytes.slice(start, Math.min(piece.filledBytes, start + maxBytes));
}

function createProgress(): Deferred<undefined> {
	const progress = createDeferred<undefined>();
	// Nobody need be waiting when it fails.
	progress.promise.catch(() => undefined);
	return progress;
}
