// Tells the world what changed: keeps the search in step, publishes availability, and meets subscriptions.
// Changes of one entry are handed to the bus in the order they were found; those of different entries travel in one
// event, because a peer that comes online may bring ten thousand. Of several trackers all keep their search in step, and
// one speaks. Decides nothing.
import { create } from '@bufbuild/protobuf';
import type { EventBody, MessageBus } from '../bus/message-bus.ts';
import {
	CatalogAvailabilityChangedSchema,
	CatalogSubscriptionMatchedSchema,
	EntryAvailabilitySchema,
} from '../proto/gen/giggityflix/v1/events_pb.js';
import { Visibility } from '../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId } from '../proto/ids.ts';
import { visibilityOf, type Availability, type AvailabilityChange } from './availability.ts';
import type { Catalog, Entry } from './catalog.ts';
import type { CatalogIndex } from './catalog-index.ts';
import type { TrackerTopics } from './config.ts';
import { describeEntry, indexedEntryOf } from './entry-description.ts';
import type { Leases } from './leases.ts';
import type { Peers } from './peers.ts';
import type { Clock } from './ports.ts';
import { speakingMs, type Speaker } from './speaker.ts';
import type { StoredSubscription } from './store/tracker-store.ts';
import type { Subscriptions } from './subscriptions.ts';

/** Entries one event tells of: enough for an event to cost little, few enough for one to stay small. */
const mostEntriesOfEvent = 100;

export interface ChangePublisher {
	/**
	 * Publishes what changed of these entries. Rejects when the bus does; what was not published is
	 * published by the next call.
	 */
	publishChanges(catalogIds: Iterable<CatalogId>): Promise<void>;
	/** Tells one subscriber about an entry. */
	publishMatch(subscription: StoredSubscription, entry: Entry): Promise<void>;
}

interface Deps {
	readonly bus: Pick<MessageBus, 'publish'>;
	readonly topics: TrackerTopics;
	readonly catalog: Catalog;
	readonly availability: Availability;
	readonly index: CatalogIndex;
	readonly subscriptions: Pick<Subscriptions, 'to' | 'count'>;
	readonly leases: Pick<Leases, 'holder'>;
	readonly peers: Pick<Peers, 'get'>;
	readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
	readonly speaker: Pick<Speaker, 'isSpeaking' | 'isOvertaking'>;
}

export function createChangePublisher(deps: Deps): ChangePublisher {
	const { availability, index, speaker } = deps;
	const silent = createSilence(deps.clock);
	/** Told while events of the tracker that spoke before might still come after them. */
	const overtaking: AvailabilityChange[] = [];
	return {
		publishChanges: async (catalogIds) => {
			const taken = availability.take(catalogIds);
			for (const change of taken) indexChange(index, change);
			if (!speaker.isOvertaking()) silent.add(overtaking.splice(0));
			if (!speaker.isSpeaking()) {
				silent.add(taken);
				return;
			}
			const again = new Set(silent.take());
			const changes = [...again, ...taken];
			if (speaker.isOvertaking()) for (const change of changes) overtaking.push(change);
			const groups = groupByKey(changes);
			const told = await Promise.allSettled(groups.map((group) => publishGroup(deps, group)));
			const failure = told.find((outcome) => outcome.status === 'rejected');
			if (!failure) return;
			const left = groups.filter((_, at) => told[at]?.status === 'rejected');
			const untold = left.flatMap(({ changes }) => changes);
			// What another tracker may have told is no change of what this one has.
			silent.add(untold.filter((change) => again.has(change)));
			for (const change of untold) if (!again.has(change)) availability.putBack(change);
			throw failure.reason;
		},
		publishMatch: (subscription, entry) => publishMatch(deps, subscription, entry),
	};
}

/** How long the speaker may have been gone before another takes its place, with time to spare. */
const silenceMs = 3 * speakingMs;

/**
 * For so long the store may have kept every tracker from speaking, or the bus kept back what a speaker said that then stopped.
 * Who is told again what it knew suffers no harm; subscribers are told again what was met in the last `silenceMs` alone.
 */
const outageMs = 3_600_000;

/** The latest that changed of an entry while another tracker spoke. */
interface Heard {
	readonly change: AvailabilityChange;
	readonly atMs: number;
	/** When somebody could serve it whom nobody could serve before. */
	readonly nowAvailableAtMs: number;
}

/**
 * What changed while another tracker spoke. It has told that, unless it stopped; so its successor tells the latest of it
 * again, once.
 */
function createSilence(clock: Pick<Clock, 'monotonicMs'>) {
	/** Oldest first. */
	const heard = new Map<CatalogId, Heard>();

	function add(change: AvailabilityChange, atMs: number): void {
		const { catalogId, isNowAvailable } = change;
		const before = heard.get(catalogId)?.nowAvailableAtMs ?? -Infinity;
		heard.delete(catalogId);
		heard.set(catalogId, { change, atMs, nowAvailableAtMs: isNowAvailable ? atMs : before });
	}

	function forget(beforeMs: number): void {
		for (const [catalogId, { atMs }] of heard) {
			if (atMs >= beforeMs) return;
			heard.delete(catalogId);
		}
	}

	return {
		add: (changes: readonly AvailabilityChange[]): void => {
			const atMs = clock.monotonicMs();
			forget(atMs - outageMs);
			for (const change of changes) add(change, atMs);
		},
		take: (): AvailabilityChange[] => {
			const sinceMs = clock.monotonicMs() - silenceMs;
			const taken = Array.from(heard.values(), ({ change, nowAvailableAtMs }) => ({
				...change,
				isNowAvailable: change.availablePeers > 0 && nowAvailableAtMs > sinceMs,
			}));
			heard.clear();
			return taken;
		},
	};
}

function indexChange(
	index: CatalogIndex,
	{ catalogId, entry, availablePeers }: AvailabilityChange,
) {
	const isListed = entry && visibilityOf(entry) === Visibility.PUBLIC;
	if (isListed) index.put(indexedEntryOf(entry, availablePeers > 0));
	else index.remove(catalogId);
}

/** Changes that travel in one event. */
interface Group {
	readonly key: string;
	readonly changes: readonly AvailabilityChange[];
}

/** Ids are random: those with the same first letter are a 32nd of all, and an entry always has the same key. */
function groupByKey(changes: readonly AvailabilityChange[]): Group[] {
	const byKey = Map.groupBy(changes, ({ catalogId }) => catalogId.charAt(0));
	return [...byKey].flatMap(([key, ofKey]) => {
		const count = Math.ceil(ofKey.length / mostEntriesOfEvent);
		return Array.from({ length: count }, (_, at) => ({
			key,
			changes: ofKey.slice(at * mostEntriesOfEvent, (at + 1) * mostEntriesOfEvent),
		}));
	});
}

async function publishGroup(deps: Deps, { key, changes }: Group): Promise<void> {
	const entries = changes.map(({ catalogId, entry, visibility, availablePeers }) =>
		create(EntryAvailabilitySchema, {
			...{ catalogId, visibility, availablePeers, removed: entry === undefined },
		}),
	);
	const value = create(CatalogAvailabilityChangedSchema, { entries });
	const body: EventBody = { case: 'catalogAvailabilityChanged', value };
	await Promise.all([
		deps.bus.publish(deps.topics.catalogAvailabilityChanged, key, body),
		...changes.flatMap((change) => publishMatches(deps, change)),
	]);
}

function publishMatches(deps: Deps, change: AvailabilityChange): Promise<void>[] {
	const watchable = change.entry ?? change.mergedInto;
	if (!watchable || !change.isNowAvailable || deps.subscriptions.count() === 0) return [];
	// What is told again may have lost its last owner since; that is told next.
	if (watchable.offers.length === 0) return [];
	const met = deps.subscriptions.to(deps.catalog.idsOf(change.catalogId));
	return met.map((subscription) => publishMatch(deps, subscription, watchable));
}

function publishMatch(deps: Deps, subscription: StoredSubscription, entry: Entry): Promise<void> {
	const { subscriptionId, peerId } = subscription;
	return deps.bus.publish(deps.topics.catalogSubscriptionMatched, entry.catalogId, {
		case: 'catalogSubscriptionMatched',
		value: create(CatalogSubscriptionMatchedSchema, {
			subscriptionId,
			peerId,
			entry: describeEntry(entry, deps),
		}),
	});
}
