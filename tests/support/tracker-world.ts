// A tracker on a real bus and a real store with a clock that is moved by hand, and words to say what peers do.
// Everything it reads comes through the tracker's own doors: its client and the events it publishes.
import { create } from '@bufbuild/protobuf';
import { openMetricRegistry } from '../../bus/metric-registry.ts';
import { createMemoryBus, type MemoryBus } from '../../bus/memory-bus.ts';
import { defaultTopics } from '../../bus/topics.ts';
import {
	CloseReason,
	PeerCatalogUpdatedSchema,
	PeerConnectionClosedSchema,
	PeerConnectionEstablishedSchema,
	type CatalogSubscriptionMatched,
	type EntryAvailability,
	type PeerConnectionClosed,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import {
	FileOfferSchema,
	Visibility,
	type FileOffer,
} from '../../proto/gen/giggityflix/v1/media_pb.js';
import {
	deriveCatalogId,
	randomId,
	type OfferId,
	type PeerId,
	type SessionId,
} from '../../proto/ids.ts';
import { settingsOf, trackerConfig, type TrackerSettings } from '../../tracker/config.ts';
import type { Clock } from '../../tracker/ports.ts';
import { createEmbeddedStore } from '../../tracker/store/embedded-store.ts';
import type { TrackerStore } from '../../tracker/store/tracker-store.ts';
import { createTracker } from '../../tracker/tracker.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';

const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);

/** A compressed public key, as far as its length goes; chosen peer ids are not derived from it. */
export const keyOf = (peerId: string) => {
	const key = new Uint8Array(33).fill(peerId.length);
	key.set(new TextEncoder().encode(peerId).subarray(0, 32), 1);
	return key;
};

/** An offer id out of a number. */
export function offerIdOf(number: number): OfferId {
	const letters = 'abcdefghijklmnopqrstuvwxyz234567';
	const digits = Array.from({ length: 26 }, (_, at) =>
		letters.charAt(Math.floor(number / 32 ** (25 - at)) % 32),
	);
	return digits.join('') as OfferId;
}

export function makeOffer(number: number, fields: Partial<Omit<FileOffer, '$typeName'>> = {}) {
	return create(FileOfferSchema, {
		offerId: offerIdOf(number),
		title: `Film ${number}`,
		sizeBytes: 1_000_000n,
		modifiedAtMs: 1_600_000_000_000n,
		visibility: Visibility.PUBLIC,
		folder: 'Films',
		...fields,
	});
}

export const catalogIdOf = (peerId: string, number: number) =>
	deriveCatalogId(peerId as PeerId, offerIdOf(number));

export type TrackerWorld = Awaited<ReturnType<typeof openTrackerWorld>>;

export async function openTrackerWorld(
	options: {
		store?: TrackerStore;
		clock?: ManualClock;
		/** One that runs by itself, where time is not the test's to move. */
		realClock?: Clock;
		/** Shared with other trackers; whoever made it closes it. */
		bus?: MemoryBus;
		settings?: Partial<TrackerSettings>;
		warn?: (message: string, fields?: Record<string, unknown>) => void;
	} = {},
) {
	const manualClock = options.clock ?? createManualClock();
	const clock = options.realClock ?? manualClock;
	const store = options.store ?? createEmbeddedStore(':memory:');
	const failures: string[] = [];
	const logger = {
		info: (message: string, fields?: Record<string, unknown>) => {
			if (fields?.['error'] !== undefined) failures.push(JSON.stringify({ message, ...fields }));
		},
		warn: options.warn ?? (() => undefined),
	};
	const bus = options.bus ?? createMemoryBus({ producer: 'test', clock, randomBytes, logger });
	const documented = settingsOf(trackerConfig.readConfig({ LEASE_SECONDS: '120' }));
	const config = { ...documented, ...options.settings };
	const topics = defaultTopics;
	const registry = openMetricRegistry();
	const tracker = createTracker({
		registry,
		store,
		bus,
		topics,
		clock,
		randomBytes,
		logger,
		config,
	});
	const changes: EntryAvailability[] = [];
	const matches: CatalogSubscriptionMatched[] = [];
	const closed: PeerConnectionClosed[] = [];
	const watching = await bus.subscribe({
		group: randomId<SessionId>(randomBytes),
		topics: [
			topics.catalogAvailabilityChanged,
			topics.catalogSubscriptionMatched,
			topics.peerConnectionClosed,
		],
		handle: async ({ body }) => {
			if (body.case === 'catalogAvailabilityChanged') changes.push(...body.value.entries);
			if (body.case === 'catalogSubscriptionMatched') matches.push(body.value);
			if (body.case === 'peerConnectionClosed') closed.push(body.value);
		},
	});
	await tracker.start();
	const world = {
		...{
			bus,
			registry,
			clock: manualClock,
			store,
			tracker,
			config,
			topics,
			changes,
			matches,
			closed,
		},
		client: tracker.connectInMemory(),
		/** Resolves when every event is handled, those published by handlers too; rejects when a handler failed. */
		settle: async () => {
			while (bus.counts().waiting > 0) {
				if (bus.counts().retried > 0) throw new Error(`a handler failed: ${failures.join('; ')}`);
				await new Promise((resolve) => setImmediate(resolve));
			}
		},
		stop: async () => {
			await tracker.stop();
			await watching.close();
			if (!options.bus) await bus.close();
		},
	};
	return { ...world, ...peerVerbs(world) };
}

/** What was said of an entry, in short, in the order it was said. */
export const said = (world: TrackerWorld, catalogId: string) =>
	world.changes
		.filter((change) => change.catalogId === catalogId)
		.map((change) => (change.removed ? 'removed' : change.availablePeers));

/** What edges do for peers. `peerId` and session names are free; edges are `edge-a` unless said otherwise. */
function peerVerbs(world: {
	bus: ReturnType<typeof createMemoryBus>;
	client: ReturnType<ReturnType<typeof createTracker>['connectInMemory']>;
	topics: typeof defaultTopics;
	config: ReturnType<typeof settingsOf>;
	settle: () => Promise<void>;
}) {
	const { bus, client, topics, config, settle } = world;
	const leaseMs = config.leaseMs;
	const claim = (peerId: string, sessionId: string, edgeId = 'edge-a', replacesSessionId = '') =>
		client.claimPeer({
			lease: { peerId, edgeId, sessionId },
			publicKey: keyOf(peerId),
			leaseMs,
			replacesSessionId,
		});
	const established = (peerId: string, sessionId: string, edgeId = 'edge-a') =>
		bus.publish(topics.peerConnectionEstablished, peerId, {
			case: 'peerConnectionEstablished',
			value: create(PeerConnectionEstablishedSchema, {
				...{ peerId, edgeId, sessionId },
				publicKey: keyOf(peerId),
				displayName: `${peerId}'s owner`,
			}),
		});
	const left = (peerId: string, sessionId: string, edgeId = 'edge-a') =>
		bus.publish(topics.peerConnectionClosed, peerId, {
			case: 'peerConnectionClosed',
			value: create(PeerConnectionClosedSchema, {
				...{ peerId, edgeId, sessionId },
				reason: CloseReason.LEFT,
			}),
		});
	const announce = (
		peerId: string,
		sequence: number,
		offers: readonly FileOffer[],
		fields: {
			isSnapshot?: boolean;
			page?: number;
			isLast?: boolean;
			removedCatalogIds?: string[];
			catalogId?: string;
		} = {},
	) => {
		const { catalogId, ...rest } = fields;
		const upserted = offers.map((offer) => ({
			catalogId: catalogId ?? deriveCatalogId(peerId as PeerId, offer.offerId as OfferId),
			offer,
		}));
		return bus.publish(topics.peerCatalogUpdated, peerId, {
			case: 'peerCatalogUpdated',
			value: create(PeerCatalogUpdatedSchema, {
				...{ peerId, edgeId: 'edge-a', sessionId: 's', isSnapshot: true, page: 0, isLast: true },
				...rest,
				catalogSequence: BigInt(sequence),
				upserted,
			}),
		});
	};
	return {
		claim,
		established,
		left,
		announce,
		/** A peer is admitted: lease, then event. */
		async comeOnline(peerId: string, sessionId: string, edgeId = 'edge-a') {
			const answer = await claim(peerId, sessionId, edgeId);
			await established(peerId, sessionId, edgeId);
			await settle();
			return Number(answer.catalogSequence);
		},
		/** A peer leaves: event, then lease. */
		async goOffline(peerId: string, sessionId: string, edgeId = 'edge-a') {
			await left(peerId, sessionId, edgeId);
			await client.releasePeer({ lease: { peerId, edgeId, sessionId } });
			await settle();
		},
		async share(peerId: string, sequence: number, offers: readonly FileOffer[]) {
			await announce(peerId, sequence, offers);
			await settle();
		},
	};
}
