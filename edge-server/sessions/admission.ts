// From hello to welcome, the same for both doors: the proof, the place at this edge, the lease at the
// tracker, the event, and only then the welcome. A second session of a peer is refused while the first
// still answers, and takes its place at once when it does not. Throws what the peer is refused with.
import { create } from '@bufbuild/protobuf';
import type { SpanOptions, Tracer } from '../../bus/tracer.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import { CloseReason } from '../../proto/gen/giggityflix/v1/events_pb.js';
import {
	WelcomeSchema,
	type Hello,
	type IceServer,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeId, PeerId } from '../../proto/ids.ts';
import {
	maxFrameBytes,
	maxMessagesPerSecond,
	maxOffersPerPage,
	maxOffersPerPeer,
	maxPosterBytes,
} from '../../proto/limits.ts';
import { createAnnouncementLog } from '../messages/announcements.ts';
import type { Clock } from '../ports.ts';
import type { Heartbeats } from './heartbeats.ts';
import { readHello, verifyHello, type ProvenPeer } from './hello-proof.ts';
import type { Leases } from './leases.ts';
import type { PeerTurns } from './peer-turns.ts';
import type { Presence, Presences } from './presence.ts';
import { randomSecret } from './secrets.ts';
import type { AdmittedPeer, Session } from './session.ts';
import type { SessionRegistry } from './session-registry.ts';

export interface Admission {
	/** Answers the hello of a challenged session. A session that ends meanwhile leaves nothing behind. */
	admit(session: Session, nonce: Uint8Array, hello: Hello): Promise<void>;
}

interface Deps {
	readonly edgeId: EdgeId;
	readonly registry: SessionRegistry;
	readonly presences: Presences;
	readonly leases: Pick<Leases, 'releaseReplaced'>;
	readonly heartbeats: Heartbeats;
	readonly turns: PeerTurns;
	readonly clock: Clock;
	readonly tracer: Tracer;
	readonly randomBytes: (target: Uint8Array) => void;
	readonly iceServers: (peerId: PeerId) => IceServer[];
	readonly announceTrackers: readonly string[];
	readonly heartbeatIntervalMs: number;
	/** How long the first session of a peer has to answer when a second one says hello. */
	readonly pingTimeoutMs: number;
}

export function createAdmission(deps: Deps): Admission {
	const { edgeId, registry, turns, tracer } = deps;
	return {
		admit: (session, nonce, hello) =>
			tracer.span('admission', spanOf(session), async () => {
				const peer = readHello(hello, session.stream.claimedPeerId);
				// Before the proof, so that a crowd at a full edge costs no signature checks.
				if (registry.find(peer.peerId) === undefined) registry.requireRoom();
				verifyHello(peer, { nonce, edgeId, signature: hello.signature });
				session.claim(peer.peerId);
				await turns.take(peer.peerId, () => takePlace(deps, session, peer));
			}),
	};
}

function spanOf({ id, stream }: Session): SpanOptions {
	return { kind: 'internal', attributes: { 'session.id': id, 'giggityflix.door': stream.door } };
}

async function takePlace(deps: Deps, session: Session, peer: ProvenPeer): Promise<void> {
	await makeWay(deps, peer);
	try {
		if (session.state().kind !== 'closing') await begin(deps, session, peer);
	} finally {
		await deps.leases.releaseReplaced(peer.peerId, session.id);
	}
}

async function begin(deps: Deps, session: Session, peer: ProvenPeer): Promise<void> {
	const giveUpPlace = deps.registry.reservePlace();
	try {
		const presence = await deps.presences.begin({ ...peer, sessionId: session.id });
		await settle(deps, session, peer, presence);
	} finally {
		giveUpPlace();
	}
}

/** Hands the presence to the session, or ends it with a session that has not waited for it. */
async function settle(deps: Deps, session: Session, peer: ProvenPeer, presence: Presence) {
	const state = session.state();
	if (state.kind === 'closing') {
		await presence.end(state.reason);
		return;
	}
	try {
		welcome(deps, session, peer, presence);
	} catch (caught) {
		await presence.end(CloseReason.REJECTED);
		throw caught;
	}
}

/** Refuses the newcomer or ends the session it replaces; then waits until the peer's last departure is told. */
async function makeWay(deps: Deps, newcomer: ProvenPeer): Promise<void> {
	const { registry, heartbeats } = deps;
	const first = registry.find(newcomer.peerId);
	if (first !== undefined) {
		if (first.peer.publicKey !== keyText(newcomer)) {
			throw new GiggityflixError('permission-denied', 'the peer id belongs to another key');
		}
		if (await heartbeats.ping(first.session, deps.pingTimeoutMs)) {
			throw new GiggityflixError('already-exists', 'another session of this peer is connected');
		}
		const replaced = new GiggityflixError('already-exists', 'a newer session took this place');
		first.session.end(CloseReason.REPLACED, replaced);
	}
	await registry.departed(newcomer.peerId);
}

function welcome(deps: Deps, session: Session, proven: ProvenPeer, presence: Presence): void {
	const peer: AdmittedPeer = {
		peerId: proven.peerId,
		publicKey: keyText(proven),
		displayName: proven.displayName,
		sessionToken: randomSecret(deps.randomBytes),
		admittedAtMs: deps.clock.now(),
		announcements: createAnnouncementLog(presence.catalogSequence),
		presence,
	};
	session.admit(peer);
	deps.registry.admit({ session, peer });
	const value = create(WelcomeSchema, {
		edgeId: deps.edgeId,
		sessionId: session.id,
		sessionToken: peer.sessionToken,
		heartbeatIntervalMs: deps.heartbeatIntervalMs,
		iceServers: deps.iceServers(peer.peerId),
		announceTrackers: [...deps.announceTrackers],
		limits: {
			maxFrameBytes,
			maxOffersPerPage,
			maxOffers: maxOffersPerPeer,
			maxMessagesPerSecond,
			maxPosterBytes,
		},
		catalogSequence: presence.catalogSequence,
	});
	session.send({ case: 'welcome', value });
}

function keyText({ publicKey }: ProvenPeer): string {
	return Buffer.from(publicKey).toString('base64');
}
