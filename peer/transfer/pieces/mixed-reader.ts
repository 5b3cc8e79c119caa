// Reads a range of a film out of its pieces, in order and some seconds ahead. Rule: it starts with the piece at
// hand alone and doubles what it wants with every piece, so that the first bytes share the line with nothing.
import type { Clock } from '../../ports.ts';
import type { ByteRange } from '../byte-source.ts';
import type { Pieces } from './film-pieces.ts';
import type { PieceMix } from './piece-mix.ts';
import { createPlayHead } from './play-head.ts';
import { orAborted } from '../settling.ts';
import type { WantedPiece } from './wanted-pieces.ts';

/** How far ahead of the player pieces are wanted. */
const aheadSeconds = 15;
/** While others watch: enough to share out among them. */
const aheadInCompanySeconds = 60;
/** For a film whose length is not known. */
const usualAheadBytes = 8 * 1024 * 1024;
/** The most that waits in memory for one reader, two pieces aside. */
const maxAheadBytes = 32 * 1024 * 1024;
const chunkBytes = 256 * 1024;

export interface MixedReading {
	readonly pieces: Pieces;
	readonly mix: Pick<PieceMix, 'want' | 'hasCompany'>;
	readonly clock: Pick<Clock, 'monotonicMs'>;
	/** Of the film; absent when nobody knows. */
	readonly durationMs?: number | undefined;
}

/** Pieces wanted at once: so many seconds at the film's own rate. */
export function piecesAhead(
	{ sizeBytes, pieceBytes }: Pieces,
	durationMs?: number,
	hasCompany = false,
): number {
	const seconds = hasCompany ? aheadInCompanySeconds : aheadSeconds;
	const aheadBytes = durationMs
		? Math.min(maxAheadBytes, (sizeBytes / durationMs) * 1000 * seconds)
		: usualAheadBytes;
	return Math.max(2, Math.ceil(aheadBytes / pieceBytes));
}

/** As `ByteSource.read`. */
export async function* readMixed(
	{ pieces, mix, clock, durationMs }: MixedReading,
	range: ByteRange,
	signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	const { pieceBytes } = pieces;
	const endBytes = range.offsetBytes + range.lengthBytes;
	const lastIndex = Math.ceil(endBytes / pieceBytes) - 1;
	const needOf = durationMs && createPlayHead(clock, pieces, durationMs, range.offsetBytes);
	const wanted = new Map<number, WantedPiece>();
	let ahead = 1;
	try {
		for (let at = range.offsetBytes; at < endBytes;) {
			const index = Math.floor(at / pieceBytes);
			const want = (next: number) => mix.want(next, needOf ? needOf(next, at) : undefined);
			for (let next = index; next <= Math.min(lastIndex, index + ahead - 1); next += 1) {
				if (!wanted.has(next)) wanted.set(next, want(next));
			}
			const piece = wanted.get(index) ?? want(index);
			const bytes = await orAborted(piece.bytes, signal);
			const pieceEnd = Math.min(endBytes, index * pieceBytes + bytes.length);
			while (at < pieceEnd) {
				signal.throwIfAborted();
				const next = Math.min(pieceEnd, at + chunkBytes);
				// A copy: whoever reads may hand it to another thread.
				yield bytes.slice(at - index * pieceBytes, next - index * pieceBytes);
				at = next;
			}
			piece.release();
			wanted.delete(index);
			ahead = Math.min(piecesAhead(pieces, durationMs, mix.hasCompany()), ahead * 2);
		}
	} finally {
		for (const piece of wanted.values()) piece.release();
	}
}
