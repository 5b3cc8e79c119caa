// Which of the peers that have an entry to try first. Pure.
import type { PeerId } from '../proto/ids.ts';

/** What a peer is judged by. */
export interface Seeder {
	readonly peerId: PeerId;
	/** Monotonic time at which its session was opened; undefined when it is away. */
	readonly onlineSinceMs: number | undefined;
	/** Time since 1970 at which it was last seen. */
	readonly lastSeenAtMs: number;
}

/**
 * Best first: those that are here before those that are away; of the former the longest session, because a
 * tab that has been open for hours stays open longer than one opened just now; of the latter the one
 * seen last.
 */
export function rankSeeders<S extends Seeder>(seeders: readonly S[]): S[] {
	return seeders.toSorted(compare);
}

function compare(one: Seeder, other: Seeder): number {
	const byId = one.peerId < other.peerId ? -1 : 1;
	if (one.onlineSinceMs !== undefined && other.onlineSinceMs !== undefined) {
		return one.onlineSinceMs - other.onlineSinceMs || byId;
	}
	if (one.onlineSinceMs !== undefined) return -1;
	if (other.onlineSinceMs !== undefined) return 1;
	return other.lastSeenAtMs - one.lastSeenAtMs || byId;
}
