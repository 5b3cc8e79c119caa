// The sessions that are open, and which one holds each peer: at most one edge does. A session is opened by
// a claim, or by its event or renewal when the tracker was away, and ends once and for good: whatever
// arrives late about an ended session changes nothing, so events may come twice and in any order. In
// memory only, timed by the monotonic clock. Does not know what a peer has.
import { GiggityflixError } from '../proto/errors.ts';
import type { EdgeId, PeerId, SessionId } from '../proto/ids.ts';
import type { Clock } from './ports.ts';

/** How long ended sessions are remembered: far longer than an event takes that was held up by retries. */
const endedMemoryMs = 3_600_000;

export interface Lease {
	readonly peerId: PeerId;
	readonly edgeId: EdgeId;
	readonly sessionId: SessionId;
}

/** A lease with the time of the monotonic clock at which its session was opened. */
export interface HeldLease extends Lease {
	readonly sinceMs: number;
}

export interface Leases {
	/**
	 * Opens a session, or prolongs the same one. Throws `already-exists` while another session holds the peer,
	 * unless it is the one `replacesSessionId` names, of the same edge; `invalid-argument` for an ended session.
	 */
	claim(lease: Lease, options: { leaseMs: number; replacesSessionId: SessionId }): void;
	/** Opens the session of an event; does nothing when it is open or has ended. */
	establish(lease: Lease, leaseMs: number): void;
	/** Prolongs a session, or opens one that nobody else is in the way of. False when it is lost. */
	renew(lease: Lease, leaseMs: number): boolean;
	/** Ends a session, also one that was never heard of. */
	end(lease: Pick<Lease, 'peerId' | 'sessionId'>): void;
	/** The session through which a peer can be reached now. */
	holder(peerId: PeerId): HeldLease | undefined;
	/** Whether a session is open; one that has run out counts until it is taken. */
	isOnline(peerId: PeerId): boolean;
	onlinePeers(): Iterable<PeerId>;
	/** Ends the sessions that have run out, and hands out each of them once. */
	takeExpired(): Lease[];
}

interface Session extends HeldLease {
	expiresAtMs: number;
}

interface State {
	readonly clock: Pick<Clock, 'monotonicMs'>;
	/** Open sessions by peer, oldest first. A peer without one has no key here. */
	readonly open: Map<PeerId, Map<SessionId, Session>>;
	/** When sessions ended, oldest first. */
	readonly ended: Map<SessionId, number>;
	/** Ran out, and not handed out yet. */
	expired: Lease[];
}

export function createLeases(clock: Pick<Clock, 'monotonicMs'>): Leases {
	const state: State = { clock, open: new Map(), ended: new Map(), expired: [] };
	return {
		claim: (lease, { leaseMs, replacesSessionId }) => {
			claim(state, lease, replacesSessionId);
			openSession(state, lease, leaseMs);
		},
		establish: (lease, leaseMs) => {
			const isKnown = findSession(state, lease) !== undefined || state.ended.has(lease.sessionId);
			if (!isKnown) openSession(state, lease, leaseMs);
		},
		renew: (lease, leaseMs) => {
			const session = findSession(state, lease);
			const isFree = !state.open.has(lease.peerId) && !state.ended.has(lease.sessionId);
			const isOurs = session?.edgeId === lease.edgeId;
			if (isOurs || isFree) openSession(state, lease, leaseMs);
			return isOurs || isFree;
		},
		end: (lease) => endSession(state, lease),
		holder: (peerId) => {
			const nowMs = clock.monotonicMs();
			const sessions = [...(state.open.get(peerId)?.values() ?? [])];
			return sessions.findLast((session) => session.expiresAtMs > nowMs);
		},
		isOnline: (peerId) => state.open.has(peerId),
		onlinePeers: () => state.open.keys(),
		takeExpired: () => takeExpired(state),
	};
}

/** Makes room for a claim, or throws. */
function claim(state: State, lease: Lease, replacesSessionId: SessionId): void {
	if (state.ended.has(lease.sessionId)) {
		throw new GiggityflixError('invalid-argument', 'the session has ended');
	}
	const nowMs = state.clock.monotonicMs();
	const others = [...(state.open.get(lease.peerId)?.values() ?? [])].filter(
		({ sessionId, edgeId }) => sessionId !== lease.sessionId || edgeId !== lease.edgeId,
	);
	const isReplaced = (other: Session) =>
		other.sessionId === replacesSessionId && other.edgeId === lease.edgeId;
	if (others.some((other) => other.expiresAtMs > nowMs && !isReplaced(other))) {
		throw new GiggityflixError('already-exists', 'another session holds the peer');
	}
	for (const other of others) {
		// The edge that replaces a session publishes its end; of one that ran out only the tracker can.
		if (isReplaced(other)) endSession(state, other);
		else expire(state, other);
	}
}

function findSession(state: State, lease: Lease): Session | undefined {
	return state.open.get(lease.peerId)?.get(lease.sessionId);
}

function openSession(state: State, lease: Lease, leaseMs: number): void {
	const nowMs = state.clock.monotonicMs();
	const known = findSession(state, lease);
	if (known) {
		known.expiresAtMs = nowMs + leaseMs;
		return;
	}
	const { peerId, edgeId, sessionId } = lease;
	const sessions = state.open.get(peerId) ?? new Map<SessionId, Session>();
	sessions.set(sessionId, {
		peerId,
		edgeId,
		sessionId,
		sinceMs: nowMs,
		expiresAtMs: nowMs + leaseMs,
	});
	state.open.set(peerId, sessions);
}

function endSession(state: State, lease: Pick<Lease, 'peerId' | 'sessionId'>): void {
	const sessions = state.open.get(lease.peerId);
	sessions?.delete(lease.sessionId);
	if (sessions?.size === 0) state.open.delete(lease.peerId);
	if (!state.ended.has(lease.sessionId)) {
		state.ended.set(lease.sessionId, state.clock.monotonicMs());
	}
}

function expire(state: State, { peerId, edgeId, sessionId }: Session): void {
	endSession(state, { peerId, sessionId });
	state.expired.push({ peerId, edgeId, sessionId });
}

function takeExpired(state: State): Lease[] {
	const nowMs = state.clock.monotonicMs();
	for (const sessions of [...state.open.values()]) {
		for (const session of [...sessions.values()]) {
			if (session.expiresAtMs <= nowMs) expire(state, session);
		}
	}
	for (const [sessionId, endedAtMs] of state.ended) {
		if (endedAtMs + endedMemoryMs > nowMs) break;
		state.ended.delete(sessionId);
	}
	const { expired } = state;
	state.expired = [];
	return expired;
}
