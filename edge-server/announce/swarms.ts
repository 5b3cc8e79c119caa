// Who is in which swarm: the state of the announce tracker, as its rules need it. Each message of a client
// is one call, so that an adapter that shares state between edges pays one round trip and may gather the calls
// of a moment into one. What is known at once is returned at once: only such an adapter returns promises.
// Adapter: memory-swarms.ts; tests/contract/announce-swarms.ts holds for all.
import type { InfoHash, SwarmPeerId } from './wire-text.ts';

export type Maybe<Value> = Value | Promise<Value>;

export interface SwarmCounts {
	/** Peers that have everything. */
	readonly complete: number;
	readonly incomplete: number;
}

/**
 * One peer in one swarm. `Recipient` is how it is reached, and whose it is: a connection of this edge, or a
 * stand-in that forwards to the edge that has it. Two recipients are the same when they are identical.
 */
export interface Membership<Recipient> {
	readonly infoHash: InfoHash;
	readonly peerId: SwarmPeerId;
	readonly recipient: Recipient;
}

export interface Presence<Recipient> extends Membership<Recipient> {
	/** Once complete, a member stays so until it leaves. */
	readonly isComplete: boolean;
	/** How many others are wanted. */
	readonly wanted: number;
}

export type Outcome<Recipient> =
	| {
			readonly kind: 'present';
			/** Kept by the caller to leave with; its texts share no memory with a frame. */
			readonly membership: Membership<Recipient>;
			readonly isNew: boolean;
			readonly counts: SwarmCounts;
			/** Different members at random, never the one announced, and at most as many as wanted. */
			readonly others: readonly Membership<Recipient>[];
	  }
	/** The peer id belongs to another recipient, who keeps it: nothing was changed. */
	| { readonly kind: 'taken' }
	/** There is no room for a new member in all swarms together. */
	| { readonly kind: 'full' };

/** Calls about one swarm take effect in the order in which they are made. */
export interface Swarms<Recipient> {
	/**
	 * Joins, or stays. A full swarm makes room by forgetting the member silent for longest, a silent one is
	 * forgotten after its time to live; neither is told, and its next announce joins again.
	 */
	announce(presence: Presence<Recipient>): Maybe<Outcome<Recipient>>;
	/** Leaves. A membership that is not there, or another recipient's, is passed over. */
	leave(memberships: readonly Membership<Recipient>[]): Maybe<void>;
	/** Where a peer is, for a member of the same swarm; undefined also for one who is no member. */
	locate(from: Membership<Recipient>, peerId: SwarmPeerId): Maybe<Recipient | undefined>;
	/** A swarm that is not there counts zero. */
	count(infoHashes: readonly InfoHash[]): Maybe<readonly SwarmCounts[]>;
	/** Some swarms, at most `limit`. */
	list(limit: number): Maybe<readonly InfoHash[]>;
	/** Forgets the silent. Called now and then. */
	sweep(): Maybe<void>;
	/** For metrics: what this process holds. */
	totals(): { readonly swarms: number; readonly peers: number };
}
