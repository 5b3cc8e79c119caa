// Who wants to be told when an entry can be watched. A subscription is met every time its entry goes from
// nobody to somebody able to serve it, at once when somebody already can, until it expires or is
// withdrawn. Written through to the store. Does not tell anybody anything.
import { GiggityflixError } from '../proto/errors.ts';
import { randomId, type CatalogId, type PeerId, type SubscriptionId } from '../proto/ids.ts';
import type { Clock, RandomBytes } from './ports.ts';
import type { StoredSubscription, TrackerStore } from './store/tracker-store.ts';

/** Most subscriptions of one peer: more than a person waits for, few enough to go through. */
export const maxSubscriptionsPerPeer = 1_000;

export interface Subscriptions {
	/** Subscribing to the same entry again prolongs the subscription there is. Throws `resource-exhausted`. */
	subscribe(peerId: PeerId, catalogId: CatalogId): Promise<StoredSubscription>;
	/** Does nothing for a subscription of somebody else, or for none. */
	unsubscribe(peerId: PeerId, subscriptionId: SubscriptionId): Promise<void>;
	/** Those to any of these ids that have not expired. */
	to(catalogIds: readonly CatalogId[]): StoredSubscription[];
	/** Forgets what has expired. */
	expire(): Promise<void>;
	count(): number;
}

interface Deps {
	readonly store: TrackerStore;
	readonly clock: Pick<Clock, 'now'>;
	readonly randomBytes: RandomBytes;
	readonly ttlMs: number;
}

export function createSubscriptions(
	stored: readonly StoredSubscription[],
	{ store, clock, randomBytes, ttlMs }: Deps,
): Subscriptions {
	const byId = new Map<SubscriptionId, StoredSubscription>();
	const byEntry = groupedBy<CatalogId>(({ catalogId }) => catalogId);
	const byPeer = groupedBy<PeerId>(({ peerId }) => peerId);

	function remember(subscription: StoredSubscription): void {
		byId.set(subscription.subscriptionId, subscription);
		byEntry.add(subscription);
		byPeer.add(subscription);
	}

	async function forget(subscriptions: readonly StoredSubscription[]): Promise<void> {
		if (subscriptions.length === 0) return;
		await store.deleteSubscriptions(subscriptions.map(({ subscriptionId }) => subscriptionId));
		for (const { subscriptionId } of subscriptions) {
			const subscription = byId.get(subscriptionId);
			if (!subscription) continue;
			byId.delete(subscriptionId);
			byEntry.remove(subscription);
			byPeer.remove(subscription);
		}
	}

	for (const subscription of stored) remember(subscription);

	return {
		subscribe: async (peerId, catalogId) => {
			const ofPeer = byPeer.get(peerId);
			const known = ofPeer.find((subscription) => subscription.catalogId === catalogId);
			if (!known && ofPeer.length >= maxSubscriptionsPerPeer) {
				throw new GiggityflixError('resource-exhausted', 'the peer has too many subscriptions');
			}
			const subscriptionId = known?.subscriptionId ?? randomId<SubscriptionId>(randomBytes);
			const expiresAtMs = clock.now() + ttlMs;
			const subscription = { subscriptionId, peerId, catalogId, expiresAtMs };
			// In memory first, so that a second request meanwhile finds this one.
			remember(subscription);
			await store.saveSubscription(subscription);
			return subscription;
		},
		unsubscribe: async (peerId, subscriptionId) => {
			const subscription = byId.get(subscriptionId);
			if (subscription?.peerId === peerId) await forget([subscription]);
		},
		to: (catalogIds) =>
			catalogIds
				.flatMap((catalogId) => byEntry.get(catalogId))
				.filter(({ expiresAtMs }) => expiresAtMs > clock.now()),
		expire: () =>
			forget([...byId.values()].filter(({ expiresAtMs }) => expiresAtMs <= clock.now())),
		count: () => byId.size,
	};
}

/** Subscriptions found by something they have in common. */
function groupedBy<Key extends string>(keyOf: (subscription: StoredSubscription) => Key) {
	const groups = new Map<Key, Map<SubscriptionId, StoredSubscription>>();
	return {
		get: (key: Key) => [...(groups.get(key)?.values() ?? [])],
		add: (subscription: StoredSubscription) => {
			const key = keyOf(subscription);
			const group = groups.get(key) ?? new Map<SubscriptionId, StoredSubscription>();
			groups.set(key, group.set(subscription.subscriptionId, subscription));
		},
		remove: (subscription: StoredSubscription) => {
			const key = keyOf(subscription);
			const group = groups.get(key);
			group?.delete(subscription.subscriptionId);
			if (group?.size === 0) groups.delete(key);
		},
	};
}
