// The pieces of a torrent as its info dictionary has them (BEP 3): how long one may be, and the SHA-1 of each, one after
// another. Pure.
import { torrentLimits } from './torrent-limits.ts';

/** Bytes of one hash. */
export const sha1Bytes = 20;

/** A power of two within our limits. */
export function isPieceLength(bytes: number): boolean {
	const { minPieceBytes, maxPieceBytes } = torrentLimits;
	return Number.isInteger(Math.log2(bytes)) && bytes >= minPieceBytes && bytes <= maxPieceBytes;
}

export function pieceCountOf({ pieceHashes }: { readonly pieceHashes: Uint8Array }): number {
	return pieceHashes.length / sha1Bytes;
}

/** Bytes of the hashes of a file, or of several as one. */
export function pieceHashBytesOf(sizeBytes: number, pieceBytes: number): number {
	return Math.ceil(sizeBytes / pieceBytes) * sha1Bytes;
}
