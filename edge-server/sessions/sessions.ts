// The edge's rules put together: doors open streams on it, the bus and the tracker stand behind it. Owns
// the life of a session from challenge to departure; each rule itself has its own file. Knows no socket.
import { create } from '@bufbuild/protobuf';
import type { MessageBus, Subscription } from '../../bus/message-bus.ts';
import type { Topics } from '../../bus/topics.ts';
import type { Tracer } from '../../bus/tracer.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import { ChallengeSchema, type IceServer } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { randomId, type EdgeId, type PeerId, type SessionId } from '../../proto/ids.ts';
import type { CommandRunner } from '../commands/command-runner.ts';
import type { SwarmExchange } from '../announce/swarm-exchange.ts';
import type { PosterExchange } from '../posters/cluster-posters.ts';
import type {
	Clock,
	Logger,
	PeerDoor,
	PeerStream,
	PeerStreamReceiver,
	PosterStore,
	TrackerClient,
} from '../ports.ts';
import type { OwnerCalls } from '../swarms/owner-calls.ts';
import { subscribeToBus } from './bus-events.ts';
import { drainSessions, endSessions } from './drain.ts';
import { protocolVersions } from './hello-proof.ts';
import { createReceiver, overrun } from './receiver.ts';
import { connectRules, type Rules } from './rules.ts';
import { isSameSecret } from './secrets.ts';
import { createSession, type NewSession } from './session.ts';
import type { AdmittedSession, SessionCounts } from './session-registry.ts';

export interface Sessions extends PeerDoor {
	/** Subscribes to the bus and starts heartbeats and renewals. Called before the doors open. */
	start(): Promise<void>;
	/**
	 * Refuses newcomers, tells every peer to come back later and ends all sessions. Resolves when everybody has been
	 * told, or when the signal aborts.
	 */
	drain(signal: AbortSignal): Promise<void>;
	/** Ends what is left and lets go of timers and subscriptions. */
	stop(): Promise<void>;
	/** The session a token belongs to. Throws `unauthenticated`. */
	authenticate(peerId: string, sessionToken: string): AdmittedSession;
	find(peerId: string): AdmittedSession | undefined;
	list(): AdmittedSession[];
	counts(): SessionCounts;
	/** Commands to peers, those of other edges too. */
	readonly commands: Pick<CommandRunner, 'run'>;
	/** Asks owners to join swarms. */
	readonly ownerCalls: OwnerCalls;
}

export interface SessionLimits {
	readonly maxPeers: number;
	/** How often each side sends a heartbeat. */
	readonly heartbeatIntervalMs: number;
	/** Silence after which a peer is let go of. */
	readonly connectionTimeoutMs: number;
	/** Time a new stream has for its hello. A signature on a slow phone takes a tenth of a second. */
	readonly helloTimeoutMs: number;
	/** Time the first session of a peer has to answer when a second one says hello: two bad round trips. */
	readonly pingTimeoutMs: number;
	/** Length of a lease: how long a peer is kept from other edges when this one dies. */
	readonly leaseMs: number;
	/** Longest wait for one answer of the tracker. */
	readonly trackerTimeoutMs: number;
	/** Streams that may be waiting for admission at once: a crowd that comes back, not a flood. */
	readonly maxUnadmitted: number;
}

const defaultSessionLimits = {
	helloTimeoutMs: 10_000,
	pingTimeoutMs: 2_000,
	leaseMs: 30_000,
	trackerTimeoutMs: 5_000,
	maxUnadmitted: 5_000,
} as const;

export interface SessionsDeps {
	readonly edgeId: EdgeId;
	readonly tracker: TrackerClient;
	readonly bus: MessageBus;
	readonly topics: Topics;
	readonly clock: Clock;
	readonly randomBytes: (target: Uint8Array) => void;
	readonly logger: Logger;
	readonly posters: PosterStore;
	/** Pictures asked for by other edges; absent where there are none. */
	readonly posterExchange?: PosterExchange;
	/** Announce trackers of other edges; absent where there are none. */
	readonly swarmExchange?: SwarmExchange;
	readonly iceServers: (peerId: PeerId) => IceServer[];
	/** Besides the edge's own. */
	readonly announceTrackers: readonly string[];
	/** The three without a default, and any other. */
	readonly limits: Partial<SessionLimits> &
		Pick<SessionLimits, 'maxPeers' | 'heartbeatIntervalMs' | 'connectionTimeoutMs'>;
	/** Traces admissions and commands; nothing is traced when not given. */
	readonly tracer?: Tracer;
	/** Name of the bus group of this edge alone; "edge.{edgeId}" when not given. */
	readonly group?: string;
}

export function createSessions(deps: SessionsDeps): Sessions {
	const limits: SessionLimits = { ...defaultSessionLimits, ...deps.limits };
	const rules = connectRules(deps, limits);
	const { registry, relay, clusterCommands, ownerCalls } = rules;
	const parts: SessionParts = { ...deps, ...rules, limits, onEnded: createDeparture(rules) };
	let isDraining = false;
	let running: Running | undefined;

	function authenticate(peerId: string, sessionToken: string): AdmittedSession {
		const found = registry.find(peerId);
		// Compared for an unknown peer too: the answer's time does not tell who is connected.
		if (isSameSecret(sessionToken, found?.peer.sessionToken ?? '') && found !== undefined) {
			return found;
		}
		throw new GiggityflixError('unauthenticated', 'no session of this peer has this token');
	}

	return {
		open: (stream) => openStream(parts, stream, isDraining),
		webRtc: async (caller, message) => {
			const { session, peer } = authenticate(caller.peerId, caller.sessionToken);
			const error = overrun(session, deps.clock);
			if (error !== undefined) throw error;
			return relay.relay(peer.peerId, message);
		},
		start: async () => {
			running ??= await startRunning(deps, rules);
		},
		drain: async (signal) => {
			isDraining = true;
			await drainSessions({ ...deps, ...rules }, signal);
		},
		stop: async () => {
			isDraining = true;
			const stopping = running;
			running = undefined;
			await stopRunning(rules, stopping);
		},
		authenticate,
		find: registry.find,
		list: registry.admitted,
		counts: registry.counts,
		commands: clusterCommands,
		ownerCalls,
	};
}

/** What sessions are made with: one object for all of them. */
interface SessionParts extends Rules, Pick<SessionsDeps, 'edgeId' | 'clock' | 'randomBytes'> {
	readonly limits: SessionLimits;
	readonly onEnded: NewSession['onEnded'];
}

/** Challenges a new stream, or refuses it when there is no room or the edge is leaving. */
function openStream(
	parts: SessionParts,
	stream: PeerStream,
	isDraining: boolean,
): PeerStreamReceiver {
	const { edgeId, clock, randomBytes, registry, limits, onEnded } = parts;
	const nonce = new Uint8Array(32);
	randomBytes(nonce);
	const session = createSession({
		id: randomId<SessionId>(randomBytes),
		stream,
		nonce,
		clock,
		helloTimeoutMs: limits.helloTimeoutMs,
		onEnded,
	});
	if (isDraining) {
		session.refuse(new GiggityflixError('unavailable', 'this edge is going away'));
	} else if (registry.unadmitted() >= limits.maxUnadmitted) {
		session.refuse(new GiggityflixError('resource-exhausted', 'too many peers wait for admission'));
	} else {
		registry.add(session);
		const { min: minProtocolVersion, max: maxProtocolVersion } = protocolVersions;
		const challenge = { nonce, edgeId, minProtocolVersion, maxProtocolVersion };
		session.send({ case: 'challenge', value: create(ChallengeSchema, challenge) });
	}
	return createReceiver(session, parts);
}

/** Everything a session leaves behind is put in order here, once. */
function createDeparture({
	registry,
	feed,
	commands,
	introductions,
}: Rules): NewSession['onEnded'] {
	return (session, left, reason) => {
		if (left.kind !== 'admitted') {
			// A session that is still claiming is taken back by its admission.
			registry.remove(session);
			return;
		}
		feed.remove(session);
		introductions.remove(session);
		commands.sessionEnded(session);
		const { peerId, presence } = left.peer;
		registry.remove(session, { peerId, departure: presence.end(reason) });
	};
}

interface Running {
	readonly subscription: Subscription;
	readonly stopHeartbeats: () => void;
	readonly stopRenewals: () => void;
}

async function startRunning(deps: SessionsDeps, rules: Rules): Promise<Running> {
	const group = deps.group ?? `edge.${deps.edgeId}`;
	const subscription = await subscribeToBus({ ...deps, ...rules, group });
	const stopHeartbeats = rules.heartbeats.start();
	const stopRenewals = rules.leases.start();
	return { subscription, stopHeartbeats, stopRenewals };
}

async function stopRunning(rules: Rules, running: Running | undefined): Promise<void> {
	running?.stopHeartbeats();
	await endSessions(rules);
	rules.feed.stop();
	rules.introductions.stop();
	rules.router.stop();
	await running?.subscription.close();
	await rules.consumer.stop();
	running?.stopRenewals();
}
