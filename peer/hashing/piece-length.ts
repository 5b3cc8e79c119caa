// How long the BitTorrent pieces of a file are. Everyone who hashes the same content must come to the same
// pieces, so the length depends on the size alone and this rule never changes. Pure.

const kibibyte = 1024;

/**
 * A viewer can check, play and pass on nothing less than a piece, so short ones start a film sooner; each costs 20
 * bytes of metadata.
 */
export const minPieceBytes = 256 * kibibyte;
/** What WebTorrent clients accept without complaint; longer pieces take seconds to become useful. */
export const maxPieceBytes = 16 * 1024 * kibibyte;
/** 320 KiB of piece hashes: sent in a moment, and well below the 2 MiB at which torrents are refused. */
const maxPieces = 16_384;

/**
 * The smallest power of two from 256 KiB to 16 MiB that makes at most 16,384 pieces: 256 KiB up to 4 GiB, 512 KiB up
 * to 8 GiB and so on. Beyond 256 GiB pieces stay at 16 MiB and their number grows.
 */
export function pieceLengthOf(sizeBytes: number): number {
	let lengthBytes = minPieceBytes;
	while (lengthBytes < maxPieceBytes && sizeBytes > lengthBytes * maxPieces) lengthBytes *= 2;
	return lengthBytes;
}
