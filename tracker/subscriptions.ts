// Who wants to be told when an entry can be watched. A subscription is met every time its entry goes from
// nobody to somebody able to serve it, at once when somebody already can, until it expires or is
// withdrawn. Written through to the store, which counts them. Does not tell anybody anything.
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
	/** Takes note of what another tracker did. */
	noteSaved(subscription: StoredSubscription): void;
	noteDeleted(subscriptionIds: readonly SubscriptionId[]): void;
	/** Replaces what is known. */
	replace(subscriptions: readonly StoredSubscription[]): void;
	all(): Iterable<StoredSubscription>;
	count(): number;
	/** Some of them, those that end first first. */
	nextToExpire(limit: number): StoredSubscription[];
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
	const byEntry = groupByEntry();

	function remember(subscription: StoredSubscription): void {
		byId.set(subscription.subscriptionId, subscription);
		byEntry.add(subscription);
	}

	async function forget(subscriptions: readonly StoredSubscription[]): Promise<void> {
		if (subscriptions.length === 0) return;
		await store.deleteSubscriptions(subscriptions);
		noteDeleted(subscriptions.map(({ subscriptionId }) => subscriptionId));
	}

	function noteDeleted(subscriptionIds: readonly SubscriptionId[]): void {
		for (const subscriptionId of subscriptionIds) {
			const subscription = byId.get(subscriptionId);
			if (!subscription) continue;
			byId.delete(subscriptionId);
			byEntry.remove(subscription);
		}
	}

	for (const subscription of stored) remember(subscription);

	return {
		subscribe: async (peerId, catalogId) => {
			const subscriptionId = randomId<SubscriptionId>(randomBytes);
			const wanted = { subscriptionId, peerId, catalogId, expiresAtMs: clock.now() + ttlMs };
			const subscription = await store.saveSubscription(wanted, maxSubscriptionsPerPeer);
			remember(subscription);
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
		noteSaved: remember,
		noteDeleted,
		replace: (subscriptions) => {
			noteDeleted([...byId.keys()]);
			for (const subscription of subscriptions) remember(subscription);
		},
		all: () => byId.values(),
		count: () => byId.size,
		nextToExpire: (limit) =>
			[...byId.values()].sort((one, other) => one.expiresAtMs - other.expiresAtMs).slice(0, limit),
	};
}

function groupByEntry() {
	const groups = new Map<CatalogId, Map<SubscriptionId, StoredSubscription>>();
	return {
		get: (catalogId: CatalogId) => [...(groups.get(catalogId)?.values() ?? [])],
		add: (subscription: StoredSubscription) => {
			const { catalogId, subscriptionId } = subscription;
			const group = groups.get(catalogId) ?? new Map<SubscriptionId, StoredSubscription>();
			groups.set(catalogId, group.set(subscriptionId, subscription));
		},
		remove: ({ catalogId, subscriptionId }: StoredSubscription) => {
			const group = groups.get(catalogId);
			group?.delete(subscriptionId);
			if (group?.size === 0) groups.delete(catalogId);
		},
	};
}
