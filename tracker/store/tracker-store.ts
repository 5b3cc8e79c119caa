// What trackers keep: peers with their keys and progress, offers, aliases, subscriptions, and who holds whom. A tracker
// has all of it in memory and reads it whole once, then writes, in batches that an adapter may pack as it likes.
// Where several trackers share a store, each hears of what the others write; claims are decided by the store alone.
import type { FileOffer } from '../../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, OfferId, PeerId, SubscriptionId } from '../../proto/ids.ts';
import type { CatalogProgress } from '../catalog-progress.ts';
import type { Clock } from '../ports.ts';
import type { LeaseStore, SessionChange } from './lease-store.ts';

export interface StoredPeer {
	readonly peerId: PeerId;
	/** The first key that claimed the id; empty while only announcements of the peer are known. */
	readonly publicKey: Uint8Array;
	readonly displayName: string;
	readonly lastSeenAtMs: number;
	/** Whether a session of it was open when that was last stored; false where the store has the leases themselves. */
	readonly isHeld: boolean;
	readonly progress: CatalogProgress;
}

/** One peer's offer, under the catalog id its edge gave it. Several offers may share one id. */
export interface StoredOffer {
	readonly peerId: PeerId;
	readonly offerId: OfferId;
	readonly catalogId: CatalogId;
	/** Announcement that last named it. */
	readonly sequence: number;
	/** When it was first announced. */
	readonly addedAtMs: number;
	readonly offer: FileOffer;
}

/** An id that leads to another one. */
export interface StoredAlias {
	readonly alias: CatalogId;
	readonly catalogId: CatalogId;
}

export interface StoredSubscription {
	readonly subscriptionId: SubscriptionId;
	readonly peerId: PeerId;
	readonly catalogId: CatalogId;
	readonly expiresAtMs: number;
}

/** One announcement, or page of one; stored as a whole or not at all. */
export interface CatalogChange {
	readonly peerId: PeerId;
	/** The progress the change was planned on. */
	readonly before: CatalogProgress;
	readonly progress: CatalogProgress;
	readonly upserted: readonly StoredOffer[];
	readonly removed: readonly OfferId[];
	/** Aliases to add. One from a target back to its alias is dropped, so that there are no circles. */
	readonly aliases: readonly StoredAlias[];
}

/** Aliases that come and go without an announcement. Stored as a whole or not at all. */
export interface AliasChange {
	/** As in `CatalogChange.aliases`. */
	readonly added: readonly StoredAlias[];
	/** Ids that lead to themselves again. */
	readonly removed: readonly CatalogId[];
}

export interface StoredTracker {
	readonly peers: readonly StoredPeer[];
	readonly offers: readonly StoredOffer[];
	readonly aliases: readonly StoredAlias[];
	readonly subscriptions: readonly StoredSubscription[];
}

/** When a peer was seen. What is left out stays as it was. */
export interface SeenPeer {
	readonly peerId: PeerId;
	readonly lastSeenAtMs: number;
	readonly displayName?: string;
	readonly isHeld?: boolean;
}

/** What another tracker on the same store has done, in the order the store did it. */
export type StoreNews =
	| { readonly kind: 'key-bound'; readonly peerId: PeerId; readonly publicKey: Uint8Array }
	| { readonly kind: 'seen'; readonly peers: readonly SeenPeer[] }
	| { readonly kind: 'catalog'; readonly change: CatalogChange }
	| { readonly kind: 'aliases'; readonly change: AliasChange }
	| { readonly kind: 'subscribed'; readonly subscription: StoredSubscription }
	| { readonly kind: 'unsubscribed'; readonly subscriptionIds: readonly SubscriptionId[] }
	| { readonly kind: 'sessions'; readonly changes: readonly SessionChange[] }
	/** News may have been missed: everything is to be loaded again. */
	| { readonly kind: 'missed' }
	/** The store has lost what it held: what is remembered is to be written again, then loaded. */
	| { readonly kind: 'emptied' };

/** Every write resolves when it survives the death of the process; on a disk, that of the machine too. */
export interface TrackerStore {
	/** Everything. Called before any write, and again after news were missed. */
	load(): Promise<StoredTracker>;
	/** One peer and its offers; undefined for a peer nobody has heard of. */
	loadPeer(
		peerId: PeerId,
	): Promise<{ peer: StoredPeer; offers: readonly StoredOffer[] } | undefined>;
	/** Binds a peer id to a key unless it is bound; answers the key it is bound to. Atomic. */
	bindKey(peerId: PeerId, publicKey: Uint8Array): Promise<Uint8Array>;
	savePresence(peers: readonly SeenPeer[]): Promise<void>;
	/**
	 * Stores an announcement as a whole. False, with nothing stored, when the peer's progress is not `before`: another
	 * tracker was faster.
	 */
	saveCatalog(change: CatalogChange): Promise<boolean>;
	saveAliases(change: AliasChange): Promise<void>;
	/**
	 * Adds a subscription; one peer has one to an entry, and a second prolongs the first. Answers what is stored then.
	 * Rejects with `resource-exhausted` when the peer has as many others as it may. Atomic.
	 */
	saveSubscription(
		subscription: StoredSubscription,
		mostOfPeer: number,
	): Promise<StoredSubscription>;
	/** Does nothing for those that are not there. */
	deleteSubscriptions(subscriptions: readonly StoredSubscription[]): Promise<void>;
	/** The leases trackers on this store share. Called once by each tracker; the clock serves an engine without one. */
	openLeases(clock: Pick<Clock, 'monotonicMs'>): LeaseStore;
	/** Resolves when `listener` hears of everything that others do from then on. Called once. */
	follow(listener: (news: StoreNews) => void): Promise<void>;
	/**
	 * For how many milliseconds from now this tracker speaks for all on this store: 0 while another does, for ever where
	 * there is no other. Asking again prolongs it to `durationMs`; one that stops asking is followed by another. When the
	 * store was emptied, 0 for everybody until whoever spoke before has stopped.
	 */
	lead(durationMs: number): Promise<number>;
	/** Waits for writes under way and lets go of the medium. */
	close(): Promise<void>;
}
