// Who is connected to this edge: every session, the admitted one of each peer, and the departures that are
// still being told to the tracker. Decides nothing but whether there is room.
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerId, SessionId } from '../../proto/ids.ts';
import type { AdmittedPeer, Session } from './session.ts';

/** A session and its peer, while both last. */
export interface AdmittedSession {
	readonly session: Session;
	readonly peer: AdmittedPeer;
}

/** How many sessions are in which state, and through which door the admitted ones came. */
export interface SessionCounts {
	readonly challenged: number;
	readonly claiming: number;
	readonly admitted: number;
	readonly websocket: number;
	readonly grpc: number;
}

export interface SessionRegistry {
	add(session: Session): void;
	/** The session of this peer is admitted from now on. */
	admit(admitted: AdmittedSession): void;
	/** The session has ended. `departure` is set for an admitted one and settles when everybody has been told. */
	remove(session: Session, ended?: { peerId: PeerId; departure: Promise<void> }): void;
	find(peerId: string): AdmittedSession | undefined;
	findSession(sessionId: SessionId): Session | undefined;
	all(): Session[];
	admitted(): AdmittedSession[];
	/** Resolves when no earlier session of this peer is still leaving. */
	departed(peerId: PeerId): Promise<void>;
	/** Resolves when nobody is leaving any more. */
	allDeparted(): Promise<void>;
	/** Throws `resource-exhausted` when another peer would be one too many. */
	requireRoom(): void;
	/** Keeps a place for a peer that is being admitted; the function returned gives it up. Throws as `requireRoom`. */
	reservePlace(): () => void;
	/** How many are not admitted yet. */
	unadmitted(): number;
	counts(): SessionCounts;
}

export function createSessionRegistry(limits: { maxPeers: number }): SessionRegistry {
	const sessions = new Map<SessionId, Session>();
	const admitted = new Map<string, AdmittedSession>();
	const departures = new Map<Promise<void>, PeerId>();
	let reservedPlaces = 0;

	function requireRoom(): void {
		if (admitted.size + reservedPlaces < limits.maxPeers) return;
		throw new GiggityflixError('resource-exhausted', `this edge holds ${limits.maxPeers} peers`);
	}

	return {
		add: (session) => void sessions.set(session.id, session),
		admit: (entry) => void admitted.set(entry.peer.peerId, entry),
		remove: (session, ended) => {
			sessions.delete(session.id);
			if (ended === undefined) return;
			const { peerId, departure } = ended;
			if (admitted.get(peerId)?.session === session) admitted.delete(peerId);
			departures.set(departure, peerId);
			void departure.finally(() => departures.delete(departure));
		},
		find: (peerId) => admitted.get(peerId),
		findSession: (sessionId) => sessions.get(sessionId),
		all: () => [...sessions.values()],
		admitted: () => [...admitted.values()],
		departed: async (peerId) => {
			const ofPeer = [...departures].filter(([, leaving]) => leaving === peerId);
			await Promise.all(ofPeer.map(([departure]) => departure));
		},
		allDeparted: async () => {
			while (departures.size > 0) await Promise.all(departures.keys());
		},
		requireRoom,
		reservePlace: () => {
			requireRoom();
			reservedPlaces += 1;
			return () => {
				reservedPlaces -= 1;
			};
		},
		unadmitted: () => sessions.size - admitted.size,
		counts: () => count(sessions.values()),
	};
}

function count(sessions: Iterable<Session>): SessionCounts {
	const counts = { challenged: 0, claiming: 0, admitted: 0, websocket: 0, grpc: 0 };
	for (const session of sessions) {
		const { kind } = session.state();
		if (kind === 'closing') continue;
		counts[kind] += 1;
		if (kind === 'admitted') counts[session.stream.door] += 1;
	}
	return counts;
}
