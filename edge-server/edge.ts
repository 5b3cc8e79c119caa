// The edge put together: rules behind two doors, with what a browser is served beside them. Owns the order
// of starting and leaving. Which bus, tracker and clock there are is main.ts's choice.
import type { ConnectRouter, Interceptor } from '@connectrpc/connect';
import { join } from 'node:path';
import { createCallContext, withCallContext } from '../bus/call-context.ts';
import type { MessageBus } from '../bus/message-bus.ts';
import type { BusWatch } from '../bus/metered-bus.ts';
import { openMetricRegistry, type MetricRegistry } from '../bus/metric-registry.ts';
import { noTracer, type Tracer } from '../bus/tracer.ts';
import { GiggityflixError } from '../proto/errors.ts';
import { CatalogService } from '../proto/gen/giggityflix/v1/catalog_pb.js';
import { PeerEdgeService } from '../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { createAnnounceDoor, type AnnounceDoor } from './announce/announce-door.ts';
import {
	createSwarmSharing,
	type SwarmExchange,
	type SwarmSharing,
} from './announce/swarm-exchange.ts';
import type { EdgeConfig } from './config.ts';
import { createBrowserDoor } from './http/browser-door.ts';
import type { EdgePhase } from './http/health.ts';
import { createMeteredPeerDoor } from './http/metered-peer-door.ts';
import { createMetrics, type Metrics } from './http/metrics.ts';
import { createIceServers } from './ice-servers.ts';
import { createOperator, type Operator } from './operator/operator.ts';
import type { Clock, Logger, PeerDoor, PosterStore, TrackerClient } from './ports.ts';
import { createClusterPosters, type PosterExchange } from './posters/cluster-posters.ts';
import { createDirectoryPosters } from './posters/directory-posters.ts';
import { createBadSourceLog } from './rpc/bad-source-log.ts';
import { createCatalogService } from './rpc/catalog-service.ts';
import { openGrpcDoor, type GrpcDoor } from '../doors/grpc-door.ts';
import { createGrpcServices } from '../doors/grpc-services.ts';
import { createPeerEdgeService } from './rpc/peer-edge-service.ts';
import { createSessions, type Sessions } from './sessions/sessions.ts';
import { toInfoHash } from './swarms/owner-calls.ts';
import type { Listener } from './transport/listener.ts';

/** Leaving takes at most the sum of these and a little: an orchestrator kills after 10 s. */
const drainTimeoutMs = 4_000;
const closeGraceMs = 3_000;

export interface EdgeDeps {
	readonly config: EdgeConfig;
	readonly bus: MessageBus;
	readonly tracker: TrackerClient;
	readonly clock: Clock;
	readonly randomBytes: (target: Uint8Array) => void;
	readonly logger: Logger;
	/** Directory of the built web app. */
	readonly webRoot: string;
	/** Whether there are other edges on this bus. */
	readonly isClustered: boolean;
	/** What /metrics serves; the edge opens one of its own when not given. */
	readonly registry?: MetricRegistry;
	/** What passes the bus, for the operator. */
	readonly busWatch?: BusWatch;
	/** Traces calls, admissions and commands; nothing is traced when not given. */
	readonly tracer?: Tracer;
}

export interface Edge {
	/** Opens the doors. Throws when an address is taken or a certificate cannot be read; nothing stays open then. */
	start(): Promise<{ httpPort: number; grpcPort?: number }>;
	/** Is no longer ready, tells every peer when to come back and lets go of it. The doors stay open for probes. */
	drain(): Promise<void>;
	/** Drains, closes the doors and lets go of everything it started. The bus and the tracker stay. */
	stop(): Promise<void>;
}

/** What is open while the edge runs. */
interface Running {
	readonly sessions: Sessions;
	readonly announce: AnnounceDoor | undefined;
	readonly swarmSharing: SwarmSharing | undefined;
	readonly listener: Listener;
	readonly grpc: GrpcDoor | undefined;
	readonly setServing: (isServing: boolean) => void;
	readonly operator: Operator;
}

export function createEdge(deps: EdgeDeps): Edge {
	let phase: EdgePhase = 'starting';
	let running: Running | undefined;
	let draining: Promise<void> | undefined;
	let stopping: Promise<void> | undefined;

	const drain = async (): Promise<void> => {
		phase = 'draining';
		running?.setServing(false);
		void running?.operator.leaving();
		await running?.sessions.drain(AbortSignal.timeout(drainTimeoutMs));
	};
	const stop = async (): Promise<void> => {
		await (draining ??= drain());
		if (running === undefined) return;
		const { listener, grpc, sessions, announce, swarmSharing, operator } = running;
		await operator.stop();
		await Promise.all([listener.close(closeGraceMs), grpc?.close(closeGraceMs)]);
		announce?.stop();
		await swarmSharing?.stop();
		await sessions.stop();
		deps.logger.info('the edge has stopped');
	};
	return {
		async start() {
			running = await openEdge(deps, () => phase);
			phase = 'serving';
			running.setServing(true);
			const { listener, grpc } = running;
			const ports = {
				httpPort: listener.port,
				...(grpc !== undefined && { grpcPort: grpc.port }),
			};
			deps.logger.info('the edge is serving', { ...ports, listener: listener.kind });
			return ports;
		},
		drain: () => (draining ??= drain()),
		stop: () => (stopping ??= stop()),
	};
}

async function openEdge(given: EdgeDeps, phase: () => EdgePhase): Promise<Running> {
	const { config, randomBytes, tracer = noTracer } = given;
	const deps = { ...given, tracker: withCallContext(given.tracker, tracer) };
	const callContext = createCallContext({ tracer, randomBytes });
	const local = await createDirectoryPosters({ directory: join(config.dataDirectory, 'posters') });
	const shared = deps.isClustered ? createClusterPosters({ ...deps, ...config, local }) : undefined;
	const posters = shared ?? local;
	const swarmSharing = createConfiguredSwarmSharing(deps);
	const sessions = createEdgeSessions(deps, posters, {
		...(shared !== undefined && { posterExchange: shared }),
		...(swarmSharing !== undefined && { swarmExchange: swarmSharing }),
	});
	const announce = createConfiguredAnnounceDoor(deps, sessions, swarmSharing);
	const metrics = createMetrics({
		registry: deps.registry ?? openMetricRegistry(),
		countSessions: () => sessions.counts(),
		countAnnounce: () => announce?.counts(),
	});
	const operator = createEdgeOperator(deps, sessions, phase);
	const peers = createMeteredPeerDoor(sessions, metrics);
	const onBadSource = createBadSourceLog(deps, metrics);
	const catalog = createCatalogService({ tracker: deps.tracker, sessions, onBadSource });
	await sessions.start();
	swarmSharing?.start();
	const opened: { close(graceMs: number): Promise<void> }[] = [];
	try {
		const listener = await createBrowserDoor({
			...deps,
			phase,
			metrics,
			peers,
			posters,
			operator: operator.handle,
			callContext,
			announce,
			routes: (router) => router.service(CatalogService, catalog),
		});
		opened.push(listener);
		metrics.setListener(listener.kind);
		const services = createEdgeServices(deps, peers, metrics);
		const grpc = await openConfiguredGrpcDoor(deps, [callContext], (router) => {
			router.service(CatalogService, catalog);
			services.routes(router);
		});
		if (grpc) opened.push(grpc);
		await operator.start();
		const { setServing } = services;
		return { sessions, announce, swarmSharing, listener, grpc, setServing, operator };
	} catch (error) {
		await Promise.all(opened.map((door) => door.close(0)));
		announce?.stop();
		await swarmSharing?.stop();
		await sessions.stop();
		throw error;
	}
}

function createConfiguredSwarmSharing(deps: EdgeDeps): SwarmSharing | undefined {
	if (!deps.config.hasAnnounceTracker || !deps.isClustered) return undefined;
	return createSwarmSharing({
		...deps,
		...deps.config,
		onError: (caught) => {
			const { code, message: reason } = GiggityflixError.from(caught);
			deps.logger.warn('other edges could not be told of swarms', { code, reason });
		},
	});
}

function createConfiguredAnnounceDoor(
	deps: EdgeDeps,
	{ ownerCalls }: Pick<Sessions, 'ownerCalls'>,
	swarmSharing: SwarmSharing | undefined,
): AnnounceDoor | undefined {
	const { hasAnnounceTracker, maxConnectionsPerAddress } = deps.config;
	if (!hasAnnounceTracker) return undefined;
	return createAnnounceDoor({
		...deps,
		maxConnectionsPerAddress,
		onWanted: (infoHash) => ownerCalls.call(toInfoHash(infoHash), 'announce-tracker'),
		...(swarmSharing !== undefined && { share: swarmSharing.share }),
		onError: (error) => deps.logger.error('the announce tracker met a defect', { error }),
	});
}

function createEdgeSessions(
	deps: EdgeDeps,
	posters: PosterStore,
	exchanges: { posterExchange?: PosterExchange; swarmExchange?: SwarmExchange },
): Sessions {
	const { config, clock } = deps;
	const { edgeId, topics, announceTrackers } = config;
	const { maxPeers, heartbeatIntervalMs, connectionTimeoutMs, leaseMs } = config;
	return createSessions({
		...deps,
		edgeId,
		topics,
		posters,
		...exchanges,
		announceTrackers,
		iceServers: createIceServers({ ...config, now: () => clock.now() }),
		limits: { maxPeers, heartbeatIntervalMs, connectionTimeoutMs, leaseMs },
	});
}

function createEdgeOperator(deps: EdgeDeps, sessions: Sessions, phase: () => EdgePhase): Operator {
	const { http, maxPeers } = deps.config;
	return createOperator({
		...deps,
		sessions,
		state: () => ({
			address: `${http.host}:${http.port}`,
			peers: sessions.counts().admitted,
			maxPeers,
			isDraining: phase() === 'draining',
		}),
	});
}

function createEdgeServices({ clock }: EdgeDeps, peers: PeerDoor, metrics: Metrics) {
	const peerEdge = createPeerEdgeService({
		peers,
		clock,
		countBytes: (direction, sizeBytes) => metrics.countBytes('grpc', direction, sizeBytes),
	});
	return createGrpcServices({
		described: [PeerEdgeService, CatalogService],
		routes: (router) => router.service(PeerEdgeService, peerEdge),
	});
}

async function openConfiguredGrpcDoor(
	{ config, logger }: EdgeDeps,
	interceptors: readonly Interceptor[],
	routes: (router: ConnectRouter) => void,
): Promise<GrpcDoor | undefined> {
	const { grpc: address, tls, maxConnectionsPerAddress } = config;
	if (address === undefined) return undefined;
	return openGrpcDoor({
		address,
		maxConnectionsPerAddress,
		routes,
		interceptors,
		logger,
		...(tls !== undefined && { tls }),
	});
}
