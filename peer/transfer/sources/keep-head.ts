// The first pieces of a film that began with an owner who is believed, before anybody knew its hashes.
import { fetchPiece } from '../pieces/fetch-piece.ts';
import { headBytesOf } from '../viewing/head-and-index.ts';
import type { Member, Verified } from './shared-state.ts';

/** Checked and kept like any other. The bytes are in memory: nothing is fetched again. */
export async function keepHead(
	{ pieces, mix }: Verified,
	{ remote }: Member,
	signal: AbortSignal,
): Promise<void> {
	const wholeCount = Math.min(
		pieces.count,
		Math.floor(headBytesOf(pieces.sizeBytes) / pieces.pieceBytes),
	);
	for (let index = 0; index < wholeCount; index += 1) {
		if (mix.isAtHand(index)) continue;
		await mix.offer(index, await fetchPiece(remote, pieces, index, () => undefined, signal));
	}
}
