// Tells the ranges with which one viewer begins a film or jumps in it, and then waits for a picture, from those with
// which it plays on. Knows films by their ids and nothing of what is in them.
import { createBoundedMap } from '../bounded-map.ts';

export interface JumpWatch {
	/** To be asked once for every range, in the order they are begun. */
	isJump(catalogId: string, range: { offsetBytes: number; endBytes: number }): boolean;
}

/** Some seconds of film: a player that plays on may leave out a piece it has from elsewhere, or ask for one twice. */
const reachBytes = 32 * 1024 * 1024;

export function createJumpWatch(maxFilms: number): JumpWatch {
	const endByFilm = createBoundedMap<string, number>(maxFilms);
	return {
		isJump(catalogId, { offsetBytes, endBytes }) {
			const lastEnd = endByFilm.get(catalogId) ?? -Infinity;
			endByFilm.set(catalogId, endBytes);
			return Math.abs(offsetBytes - lastEnd) > reachBytes;
		},
	};
}
