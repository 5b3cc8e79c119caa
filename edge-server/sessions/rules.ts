// How the rules of sessions are connected with each other. Only wiring: whoever wants to know what a rule
// does opens its file.
import { create } from '@bufbuild/protobuf';
import { createClusterCommands, type ClusterCommands } from '../commands/cluster-commands.ts';
import { noTracer } from '../../bus/tracer.ts';
import { createCommandConsumer, type CommandConsumer } from '../commands/command-consumer.ts';
import { createCommandRunner, type CommandRunner } from '../commands/command-runner.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import { CloseReason } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { SnapshotRequestSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { createDispatch, type Dispatch } from '../messages/dispatch.ts';
import { handlers } from '../messages/handlers.ts';
import { randomId, type CommandId, type PeerId, type SessionId } from '../../proto/ids.ts';
import { createClusterRouter, type ClusterRouter } from '../webrtc/cluster-router.ts';
import { createLocalRouter } from '../webrtc/local-router.ts';
import { createPeerLocations } from '../webrtc/peer-locations.ts';
import { createSignalExchange, type SignalExchange } from '../webrtc/signal-exchange.ts';
import { createWebRtcRelay, type WebRtcRelay } from '../webrtc/relay.ts';
import { createAdmission } from './admission.ts';
import { createAvailabilityFeed, type AvailabilityFeed } from './availability-feed.ts';
import { createHeartbeats, type Heartbeats } from './heartbeats.ts';
import { createLeases, type Leases } from './leases.ts';
import { createPeerTurns, type PeerTurns } from './peer-turns.ts';
import { createPresences } from './presence.ts';
import { createSessionRegistry, type SessionRegistry } from './session-registry.ts';
import type { SessionLimits, SessionsDeps } from './sessions.ts';
import { createSwarmIntroductions, type SwarmIntroductions } from '../swarms/introductions.ts';
import { createOwnerCalls, type OwnerCalls } from '../swarms/owner-calls.ts';
import { createSwarmCalls, type SwarmCalls } from '../swarms/swarm-calls.ts';

export interface Rules {
	readonly registry: SessionRegistry;
	/** Admissions under way. */
	readonly turns: PeerTurns;
	readonly heartbeats: Heartbeats;
	readonly leases: Leases;
	readonly feed: AvailabilityFeed;
	readonly commands: CommandRunner;
	readonly clusterCommands: ClusterCommands;
	readonly consumer: CommandConsumer;
	readonly signals: SignalExchange;
	readonly router: ClusterRouter;
	readonly introductions: SwarmIntroductions;
	readonly ownerCalls: OwnerCalls;
	readonly swarmCalls: SwarmCalls;
	readonly relay: WebRtcRelay;
	readonly dispatch: Dispatch;
}

export function connectRules(deps: SessionsDeps, limits: SessionLimits): Rules {
	const { clock, logger, tracer = noTracer } = deps;
	const registry = createSessionRegistry(limits);
	const turns = createPeerTurns();
	const heartbeats = createHeartbeats({
		clock,
		intervalMs: limits.heartbeatIntervalMs,
		timeoutMs: limits.connectionTimeoutMs,
		admitted: () => registry.admitted().map(({ session }) => session),
	});
	const leases = createLeases({
		...deps,
		...limits,
		onLost: (sessionId, error) => registry.findSession(sessionId)?.end(CloseReason.SWEPT, error),
		onUnknown: (peerId, sessionId) => askAgain(registry, peerId, sessionId),
	});
	const feed = createAvailabilityFeed(clock);
	const swarmCalls = createSwarmCalls({ ...deps, registry, introductions: () => introductions });
	const ownerCalls = createOwnerCalls({ ...deps, tell: swarmCalls.tell });
	const introductions: SwarmIntroductions = createSwarmIntroductions({ ...deps, ownerCalls });
	const commands = createCommandRunner({
		clock,
		tracer,
		findSession: (peerId) => registry.find(peerId)?.session,
	});
	const admission = createAdmission({
		...deps,
		...limits,
		tracer,
		registry,
		heartbeats,
		leases,
		presences: createPresences({ ...deps, leases }),
		turns,
	});
	return {
		registry,
		turns,
		heartbeats,
		leases,
		feed,
		commands,
		clusterCommands: createClusterCommands({
			...deps,
			local: commands,
			isHere: (peerId) => registry.find(peerId) !== undefined,
		}),
		consumer: createCommandConsumer({ ...deps, commands }),
		introductions,
		...{ ownerCalls, swarmCalls },
		...connectRelay(deps, limits, registry),
		dispatch: createDispatch({
			handlers,
			ports: { ...deps, feed, introductions, commands, admission },
			logger,
		}),
	};
}

/** From a peer of this edge to any peer, and from any edge to the peers of this one. */
function connectRelay(deps: SessionsDeps, limits: SessionLimits, registry: SessionRegistry) {
	const local = createLocalRouter(registry);
	const signals = createSignalExchange({ ...deps, local, registry });
	const router = createClusterRouter({
		...deps,
		local,
		locations: createPeerLocations({ ...deps, ...limits }),
		send: signals.send,
		newSignalId: () => randomId<CommandId>(deps.randomBytes),
	});
	return { signals, router, relay: createWebRtcRelay({ router, logger: deps.logger }) };
}

/** Whatever the tracker lost, its peer still has. One that has announced nothing yet is about to. */
function askAgain(registry: SessionRegistry, peerId: PeerId, sessionId: SessionId): void {
	const admitted = registry.find(peerId);
	if (admitted?.session.id !== sessionId) return;
	const lastSequence = admitted.peer.announcements.lastSequence();
	if (lastSequence === 0n) return;
	const lost = new GiggityflixError('unavailable', 'the tracker has lost what was announced');
	const value = create(SnapshotRequestSchema, { lastSequence, failure: lost.toFailure() });
	admitted.session.send({ case: 'snapshotRequest', value });
}
