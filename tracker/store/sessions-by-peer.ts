// Sessions of many peers, of each the oldest first. Nearly every peer has one, so they are kept in an array for each: a map
// takes a quarter of a kilobyte before anything is in it. Knows nothing of leases.
import type { PeerId, SessionId } from '../../proto/ids.ts';

interface SessionKey {
	readonly peerId: PeerId;
	readonly sessionId: SessionId;
}

export interface SessionsByPeer<Session extends SessionKey> {
	/** Oldest first; empty for a peer without one. */
	of(peerId: PeerId): readonly Session[];
	find(key: SessionKey): Session | undefined;
	/** The newest of its peer from now on, or in the place of the one with its id. */
	put(session: Session): void;
	delete(key: SessionKey): void;
	has(peerId: PeerId): boolean;
	/** Of peers with a session. */
	peerIds(): Iterable<PeerId>;
	/** How many peers have a session. */
	count(): number;
	all(): Session[];
	clear(): void;
}

export function createSessionsByPeer<Session extends SessionKey>(): SessionsByPeer<Session> {
	/** A peer without a session has no key here. */
	const byPeer = new Map<PeerId, readonly Session[]>();
	const of = (peerId: PeerId) => byPeer.get(peerId) ?? [];
	return {
		of,
		find: ({ peerId, sessionId }) => of(peerId).find((session) => session.sessionId === sessionId),
		put: (session) => {
			const before = of(session.peerId);
			const index = before.findIndex(({ sessionId }) => sessionId === session.sessionId);
			// Not by spreading, which leaves room for sixteen more.
			const after = index < 0 ? before.concat(session) : before.with(index, session);
			byPeer.set(session.peerId, after);
		},
		delete: ({ peerId, sessionId }) => {
			const left = of(peerId).filter((session) => session.sessionId !== sessionId);
			if (left.length > 0) byPeer.set(peerId, left);
			else byPeer.delete(peerId);
		},
		has: (peerId) => byPeer.has(peerId),
		peerIds: () => byPeer.keys(),
		count: () => byPeer.size,
		all: () => [...byPeer.values()].flat(),
		clear: () => byPeer.clear(),
	};
}
