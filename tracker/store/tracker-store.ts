// What the tracker keeps when it is restarted: peers with their keys and progress, offers, aliases and
// subscriptions. Who is online is not here; that is found out again. The tracker holds all of it in memory,
// so a store reads everything once and then only writes, in batches that an adapter may pack as it likes.
import type { FileOffer } from '../../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, OfferId, PeerId, SubscriptionId } from '../../proto/ids.ts';
import type { CatalogProgress } from '../catalog-progress.ts';

export interface StoredPeer {
	readonly peerId: PeerId;
	/** The first key that claimed the id; empty while only announcements of the peer are known. */
	readonly publicKey: Uint8Array;
	readonly displayName: string;
	readonly lastSeenAtMs: number;
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

/** Every write resolves when it survives the death of the process and of the machine. */
export interface TrackerStore {
	/** Everything. Called once, before any write. */
	load(): Promise<StoredTracker>;
	/** Binds a peer id to a key unless it is bound; answers the key it is bound to. Atomic. */
	bindKey(peerId: PeerId, publicKey: Uint8Array): Promise<Uint8Array>;
	/** Records when peers were last seen, and their names unless those are left out. */
	savePresence(
		peers: readonly { peerId: PeerId; lastSeenAtMs: number; displayName?: string }[],
	): Promise<void>;
	saveCatalog(change: CatalogChange): Promise<void>;
	saveAliases(change: AliasChange): Promise<void>;
	/** Adds a subscription, or prolongs the one with its id. */
	saveSubscription(subscription: StoredSubscription): Promise<void>;
	/** Does nothing for those that are not there. */
	deleteSubscriptions(subscriptionIds: readonly SubscriptionId[]): Promise<void>;
	/** Waits for writes under way and lets go of the medium. */
	close(): Promise<void>;
}
