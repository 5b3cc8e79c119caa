// The first and the last half mebibyte of a film, fetched as soon as it is opened and kept: players look
// there for the index (MP4's moov, Matroska's cues) before anything else, so a film with its index at the
// end starts as fast as one with it in front. Reads that come before a piece is complete follow it as it
// fills. Knows nothing of where bytes come from.
import type { ByteRange } from './byte-source.ts';
import { createDeferred, orAborted, type Deferred } from './settling.ts';

/** Two frames: a moov of a two-hour film takes 1–4 MiB at worst, of most films less than this. */
const pieceBytes = 512 * 1024;

export type ReadBytes = (
	range: ByteRange,
	signal: AbortSignal,
) => AsyncIterable<Uint8Array<ArrayBuffer>>;

export interface HeadAndTail {
	/** Bytes of the film at `offsetBytes` that are kept or on their way, `maxBytes` at most; waits for the first. */
	take(
		offsetBytes: number,
		maxBytes: number,
		signal: AbortSignal,
	): Promise<Uint8Array<ArrayBuffer>> | undefined;
	/** Where the next kept piece at or after `offsetBytes` starts; `Infinity` when there is none. */
	nextStartBytes(offsetBytes: number): number;
}

interface Piece {
	readonly offsetBytes: number;
	readonly bytes: Uint8Array<ArrayBuffer>;
	filledBytes: number;
	/** Settled and replaced whenever bytes arrive; rejected when no more will. */
	progress: Deferred<undefined>;
}

/** Starts to read both pieces; `signal` ends it. */
export function fetchHeadAndTail(
	sizeBytes: number,
	read: ReadBytes,
	signal: AbortSignal,
): HeadAndTail {
	const pieces = new Set(layOut(sizeBytes));
	for (const piece of pieces) {
		fill(piece, read, signal).catch((error: unknown) => {
			// Reads then go the long way and meet the reason there.
			pieces.delete(piece);
			piece.progress.reject(error);
		});
	}
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
	};
}

function layOut(sizeBytes: number): Piece[] {
	if (sizeBytes <= 2 * pieceBytes) return sizeBytes === 0 ? [] : [createPiece(0, sizeBytes)];
	return [createPiece(0, pieceBytes), createPiece(sizeBytes - pieceBytes, pieceBytes)];
}

function createPiece(offsetBytes: number, lengthBytes: number): Piece {
	const bytes = new Uint8Array(lengthBytes);
	return { offsetBytes, bytes, filledBytes: 0, progress: createProgress() };
}

async function fill(piece: Piece, read: ReadBytes, signal: AbortSignal): Promise<void> {
	const range = { offsetBytes: piece.offsetBytes, lengthBytes: piece.bytes.length };
	for await (const chunk of read(range, signal)) {
		piece.bytes.set(chunk, piece.filledBytes);
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
