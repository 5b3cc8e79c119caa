// How the rules of sessions are connected with each other. Only wiring: whoever wants to know what a rule
// does opens its file.
import { create } from '@bufbuild/protobuf';
import { createCommandConsumer, type CommandConsumer } from '../commands/command-consumer.ts';
import { createCommandRunner, type CommandRunner } from '../commands/command-runner.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import { CloseReason } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { SnapshotRequestSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerId, SessionId } from '../../proto/ids.ts';
import { createDispatch, type Dispatch } from '../messages/dispatch.ts';
import { handlers } from '../messages/handlers.ts';
import { createLocalRouter } from '../webrtc/local-router.ts';
import { createWebRtcRelay, type WebRtcRelay } from '../webrtc/relay.ts';
import { createAdmission } from './admission.ts';
import { createAvailabilityFeed, type AvailabilityFeed } from './availability-feed.ts';
import { createHeartbeats, type Heartbeats } from './heartbeats.ts';
import { createLeases, type Leases } from './leases.ts';
import { createPeerTurns, type PeerTurns } from './peer-turns.ts';
import { createPresences } from './presence.ts';
import { createSessionRegistry, type SessionRegistry } from './session-registry.ts';
import type { SessionLimits, SessionsDeps } from './sessions.ts';

export interface Rules {
	readonly registry: SessionRegistry;
	/** Admissions under way. */
	readonly turns: PeerTurns;
	readonly heartbeats: Heartbeats;
	readonly leases: Leases;
	readonly feed: AvailabilityFeed;
	readonly commands: CommandRunner;
	readonly consumer: CommandConsumer;
	readonly relay: WebRtcRelay;
	readonly dispatch: Dispatch;
}

export function connectRules(deps: SessionsDeps, limits: SessionLimits): Rules {
	const { clock, logger } = deps;
	const registry = createSessionRegistry(limits);
	const turns = createPeerTurns();
	const heartbeats = createHeartbeats({
		clock,
		intervalMs: limits.heartbeatIntervalMs,
		timeoutMs: limits.connectionTimeoutMs,
		admitted: () => registry.admitted().map(({ session }) => session),
	});
	const leases = createLeases({
		...{ ...deps, ...limits },
		onLost: (_, id) => endLost(registry, id),
		onUnknown: (peerId, id) => askAgain(registry, peerId, id),
	});
	const feed = createAvailabilityFeed(clock);
	const commands = createCommandRunner({
		clock,
		findSession: (peerId) => registry.find(peerId)?.session,
	});
	const admission = createAdmission({
		...deps,
		...limits,
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
		consumer: createCommandConsumer({ ...deps, commands }),
		relay: createWebRtcRelay({ router: createLocalRouter(registry), logger }),
		dispatch: createDispatch({ handlers, ports: { ...deps, feed, commands, admission }, logger }),
	};
}

/** Another edge may hold the peer by now; this session must not speak for it any longer. */
function endLost(
	registry: SessionRegistry,
	sessionId: Parameters<SessionRegistry['findSession']>[0],
) {
	const lost = new GiggityflixError('unavailable', 'the tracker has given this peer away');
	registry.findSession(sessionId)?.end(CloseReason.SWEPT, lost);
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
