// The tracker: who has what, and who is here. Puts its parts together, feeds them the events of the bus and
// answers edges, through a Connect router or in the same process. Does not choose its store, its bus or
// its door; main.ts and a tracker's own main.ts do.
import {
	createClient,
	createRouterTransport,
	type Client,
	type ConnectRouter,
} from '@connectrpc/connect';
import { createCallContext } from '../bus/call-context.ts';
import type { MessageBus, Subscription } from '../bus/message-bus.ts';
import { createMetricRegistry, type MetricRegistry } from '../bus/metric-registry.ts';
import { noTracer, type Tracer } from '../bus/tracer.ts';
import { GiggityflixError } from '../proto/errors.ts';
import { Visibility } from '../proto/gen/giggityflix/v1/media_pb.js';
import { TrackerService } from '../proto/gen/giggityflix/v1/tracker_pb.js';
import { createAvailability, visibilityOf } from './availability.ts';
import { createCatalog } from './catalog.ts';
import { createCatalogIndex } from './catalog-index.ts';
import { createCatalogUpdates } from './catalog-updates.ts';
import { createChangePublisher } from './change-publisher.ts';
import { createClaims } from './claims.ts';
import { createCommandRouter } from './command-router.ts';
import type { TrackerSettings, TrackerTopics } from './config.ts';
import type { TrackerProgram } from './description.ts';
import { createEdgeReports } from './edge-reports.ts';
import { indexedEntryOf } from './entry-description.ts';
import { applyEvent, applyTogether } from './events.ts';
import { insist } from './insist.ts';
import { createContentMerger } from './content-merger.ts';
import { createLeases } from './leases.ts';
import { createPeers } from './peers.ts';
import type { Clock, Logger, RandomBytes } from './ports.ts';
import { createRemapCourier } from './remap-courier.ts';
import { createReplica } from './replica.ts';
import { createSpeaker } from './speaker.ts';
import type { StoredTracker, StoreNews, TrackerStore } from './store/tracker-store.ts';
import { createSubscriptions } from './subscriptions.ts';
import { createSweep } from './sweep.ts';
import { createTrackerMetrics, type TrackerMetrics } from './tracker-metrics.ts';
import { createTrackerService, deferTrackerService, translateErrors } from './tracker-service.ts';

/** Sizes for metrics, as of now. */
export interface TrackerCounts {
	readonly knownPeers: number;
	readonly onlinePeers: number;
	readonly entries: number;
	readonly availableEntries: number;
	readonly listedEntries: number;
	readonly subscriptions: number;
}

export interface Tracker {
	/** Reads the store and begins to follow the bus. Before it, calls are answered with `unavailable`. */
	start(): Promise<void>;
	/** Stops following the bus and waits for handlers. The store and the bus stay open; they are the caller's. */
	stop(): Promise<void>;
	/** Adds TrackerService to a router. */
	routes(router: ConnectRouter): void;
	/** A client in this process: encoded and decoded like any other, without a socket. */
	connectInMemory(): Client<typeof TrackerService>;
	counts(): TrackerCounts;
}

export interface TrackerDeps {
	readonly store: TrackerStore;
	readonly bus: MessageBus;
	readonly topics: TrackerTopics;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
	readonly config: TrackerSettings;
	/** Where its metrics go; nowhere when not given. */
	readonly registry?: MetricRegistry;
	/** Traces calls; nothing is traced when not given. */
	readonly tracer?: Tracer;
	/** What Describe tells of this process; for a tracker that is a program of its own. */
	readonly program?: TrackerProgram;
}

export function createTracker(deps: TrackerDeps): Tracker {
	let parts: Parts | undefined;
	let subscription: Subscription | undefined;
	const { randomBytes, tracer = noTracer } = deps;
	const callContext = createCallContext({ tracer, randomBytes });
	const metrics = createTrackerMetrics({
		registry: deps.registry ?? createMetricRegistry(),
		clock: deps.clock,
		counts: () => parts && countsOf(parts),
	});
	const started = (): Parts => {
		if (!parts) throw new GiggityflixError('unavailable', 'the tracker is not running');
		return parts;
	};

	function routes(router: ConnectRouter): void {
		const service = deferTrackerService(() => started().service);
		const interceptors = [callContext, metrics.timeCalls, translateErrors];
		router.service(TrackerService, service, { interceptors });
	}

	return {
		start: async () => {
			const news: StoreNews[] = [];
			let hear = (item: StoreNews): void => void news.push(item);
			const store = metrics.timeStore(deps.store);
			await store.follow((item) => {
				hear(item);
			});
			const opened = assemble({ ...deps, store }, await store.load());
			parts = opened;
			await opened.leases.reload();
			hear = opened.replica.hear;
			for (const item of news) opened.replica.hear(item);
			await opened.speaker.start();
			// What was stored before a crash and not merged or told any more.
			const entries = Array.from(opened.catalog.entries(), ({ catalogId }) => catalogId);
			await opened.publisher.publishChanges(await opened.merger.settle(entries));
			opened.sweep.start();
			subscription = await follow(deps, parts, metrics);
		},
		stop: async () => {
			await parts?.sweep.stop();
			await parts?.speaker.stop();
			parts?.courier.stop();
			await subscription?.close();
			await parts?.replica.settled();
			parts = undefined;
		},
		routes,
		connectInMemory: () => createClient(TrackerService, createRouterTransport(routes)),
		counts: () => countsOf(started()),
	};
}

type Parts = ReturnType<typeof assemble>;

function assemble(deps: TrackerDeps, stored: StoredTracker) {
	const { store, bus, topics, clock, randomBytes, logger, config } = deps;
	const peers = createPeers(stored.peers, store);
	const leaseStore = store.openLeases(clock);
	const leases = createLeases(leaseStore, clock);
	const catalog = createCatalog(stored);
	const index = createCatalogIndex();
	for (const entry of catalog.entries()) {
		if (visibilityOf(entry) === Visibility.PUBLIC) index.put(indexedEntryOf(entry, false));
	}
	const availability = createAvailability(catalog, leases.isOnline);
	const claims = createClaims({ leases, peers, clock, config });
	const router = createCommandRouter({ bus, topics, leases });
	const courier = createRemapCourier({ router, catalog, leases, clock, randomBytes, logger });
	const isMerging = config.isMergingSameContent;
	const merger = createContentMerger({ store, catalog, courier, isMerging });
	const ttlMs = config.subscriptionTtlMs;
	const subscriptions = createSubscriptions(stored.subscriptions, {
		store,
		clock,
		randomBytes,
		ttlMs,
	});
	const speaker = createSpeaker({ store, clock, logger }, () => publisher.publishChanges([]));
	const state = { store, bus, topics, clock, logger, peers, leases, catalog, index, availability };
	const publisher = createChangePublisher({ ...state, subscriptions, speaker });
	const replica = createReplica({
		...{ ...state, leaseStore, subscriptions, publisher },
		leaseMs: config.leaseMs,
	});
	const updates = createCatalogUpdates({ ...state, merger, publisher, replica });
	const context = {
		...{ ...state, subscriptions, publisher, merger, courier, router, claims },
		...{ replica, speaker, updates },
	};
	const sweep = createSweep({ ...context, intervalMs: config.sweepIntervalMs });
	const service = createTrackerService({
		...context,
		edgeReports: createEdgeReports(clock),
		counts: () => countsOf(context),
		program: deps.program,
	});
	return { ...context, leaseStore, sweep, service };
}

function follow(
	{ bus, topics, config }: TrackerDeps,
	parts: Parts,
	metrics: TrackerMetrics,
): Promise<Subscription> {
	const { leaseMs, groupId } = config;
	const context = { ...parts, leaseMs };
	const { peerConnectionEstablished, peerConnectionClosed, peerCatalogUpdated } = topics;
	return bus.subscribe({
		group: groupId,
		topics: [...new Set([peerConnectionEstablished, peerConnectionClosed, peerCatalogUpdated])],
		handle: async (event, topic) => {
			await insist(context, () => applyEvent(context, event));
			metrics.countApplied(topic, 1);
		},
		handleTogether: async (events, topic) => {
			await insist(context, () => applyTogether(context, events));
			metrics.countApplied(topic, events.length);
		},
	});
}

function countsOf(
	parts: Pick<Parts, 'peers' | 'leases' | 'catalog' | 'availability' | 'index' | 'subscriptions'>,
): TrackerCounts {
	return {
		knownPeers: parts.peers.count(),
		onlinePeers: [...parts.leases.onlinePeers()].length,
		entries: parts.catalog.entryCount(),
		availableEntries: parts.availability.availableEntryCount(),
		listedEntries: parts.index.size(),
		subscriptions: parts.subscriptions.count(),
	};
}
