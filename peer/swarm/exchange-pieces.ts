// The verified pieces of one reader and a swarm: what is here goes to the members, and they are one more source of the
// mix. Rule: the swarm is asked only for pieces somebody there has. Does not know what the pieces are of.
import { GiggityflixError } from '../../proto/errors.ts';
import type { Pieces } from '../transfer/pieces/film-pieces.ts';
import type { PieceSender } from '../transfer/pieces/fetch-piece.ts';
import type { PieceMix } from '../transfer/pieces/piece-mix.ts';
import type { Swarm, SwarmContent } from './swarm.ts';
import type { WatchedPieces } from './watched-pieces.ts';

/** Something whose pieces can be checked. */
export interface MixedPieces {
	readonly pieces: Pieces;
	readonly watched: WatchedPieces;
	readonly mix: Pick<PieceMix, 'join' | 'ring'>;
}

/** As the mix knows it. */
export const swarmName = 'swarm';

/** `open` is called when the swarm knows its torrent. Returns the end of telling the members. */
export function exchangePieces(
	swarm: Pick<Swarm, 'torrent' | 'contentChanged' | 'isOffered' | 'turnAt' | 'progress'>,
	{ pieces, watched, mix }: MixedPieces,
	open: () => PieceSender,
): () => void {
	swarm.torrent.then(
		() => {
			// What was there before the swarm knew its torrent.
			for (let index = 0; index < pieces.count; index += 1) {
				if (watched.content.has(index)) swarm.contentChanged(index);
			}
			const source = open();
			mix.join({
				...{ name: swarmName, isVerified: true, isExtra: true },
				isReady: () => swarm.progress().peers > 0,
				has: (index) => swarm.isOffered(index),
				turn: (index) => swarm.turnAt(index),
				read: (range, signal) => source.read(range, signal),
			});
		},
		// It was left before it began.
		() => undefined,
	);
	return watched.onChange((index) => swarm.contentChanged(index));
}

/** For a swarm that is joined before its pieces can be checked: there is nothing until then. */
export function contentOnceKnown(known: () => MixedPieces | undefined): SwarmContent {
	return {
		isComplete: false,
		has: (index) => known()?.watched.content.has(index) === true,
		async read(index, offsetBytes, lengthBytes) {
			const mixed = known();
			if (!mixed) throw new GiggityflixError('not-found', 'the pieces are not known yet');
			return mixed.watched.content.read(index, offsetBytes, lengthBytes);
		},
	};
}
