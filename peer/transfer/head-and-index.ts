// The first half mebibyte of a film and its index (MP4's moov, Matroska's cues), fetched as soon as it is opened
// and kept: players look there before anything else, so a film with its index at the end starts as fast as
// one with it in front. Reads that come before a piece is complete follow it as it fills. Knows nothing of
// where bytes come from.
import type { ByteRange } from './byte-source.ts';
import { findIndex, type IndexRange } from './index-range.ts';
import { createDeferred, orAborted, type Deferred } from './settling.ts';

/** The head; also the tail of a film whose head does not tell where its index is. Two frames. */
const pieceBytes = 512 * 1024;

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
}

interface Piece {
	readonly offsetBytes: number;
	readonly bytes: Uint8Array<ArrayBuffer>;
	filledBytes: number;
	/** Settled and replaced whenever bytes arrive; rejected when no more will. */
	progress: Deferred<undefined>;
}

/** Starts to read the head, and the index once the head tells where it is; `signal` ends it. */
export function fetchHeadAndIndex(
	sizeBytes: number,
	read: ReadBytes,
	signal: AbortSignal,
): HeadAndIndex {
	const pieces = new Set<Piece>();
	const fetch = (range: IndexRange, onFirstBytes?: (bytes: Uint8Array) => void): void => {
		if (range.lengthBytes <= 0) return;
		const piece = createPiece(range.offsetBytes, range.lengthBytes);
		pieces.add(piece);
		fill(piece, read, signal, onFirstBytes).catch((error: unknown) => {
			// Reads then go the long way and meet the reason there.
			pieces.delete(piece);
			piece.progress.reject(error);
		});
	};
	const headBytes = Math.min(sizeBytes, pieceBytes);
	fetch({ offsetBytes: 0, lengthBytes: headBytes }, (head) => {
		fetch(beyondHead(findIndex(head, sizeBytes) ?? tailOf(sizeBytes), headBytes));
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
	};
}

function tailOf(sizeBytes: number): IndexRange {
	return { offsetBytes: sizeBytes - pieceBytes, lengthBytes: pieceBytes };
}

/** What of an index the head does not have already. */
function beyondHead({ offsetBytes, lengthBytes }: IndexRange, headBytes: number): IndexRange {
	const startBytes = Math.max(offsetBytes, headBytes);
	return { offsetBytes: startBytes, lengthBytes: offsetBytes + lengthBytes - startBytes };
}

function createPiece(offsetBytes: number, lengthBytes: number): Piece {
	const bytes = new Uint8Array(lengthBytes);
	return { offsetBytes, bytes, filledBytes: 0, progress: createProgress() };
}

/** `onFirstBytes` sees the first chunk: of a film's head it holds all that tells where the index is. */
async function fill(
	piece: Piece,
	read: ReadBytes,
	signal: AbortSignal,
	onFirstBytes?: (bytes: Uint8Array) => void,
): Promise<void> {
	const range = { offsetBytes: piece.offsetBytes, lengthBytes: piece.bytes.length };
	for await (const chunk of read(range, signal)) {
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
