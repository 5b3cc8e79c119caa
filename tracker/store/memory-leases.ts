// Leases of a tracker that is alone: in memory only, timed by the monotonic clock. They are found out again after a
// restart, because edges renew what they hold.
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerId, SessionId } from '../../proto/ids.ts';
import type { Clock } from '../ports.ts';
import {
	endedMemoryMs,
	publishingMs,
	type ClaimLease,
	type HeldLease,
	type Lease,
	type LeaseStore,
	type SessionChange,
} from './lease-store.ts';
import { createSessionsByPeer, type SessionsByPeer } from './sessions-by-peer.ts';

interface Session extends HeldLease {
	expiresAtMs: number;
	/** When it was handed out to be closed; undefined while it is open. */
	takenAtMs: number | undefined;
}

interface State {
	readonly clock: Pick<Clock, 'monotonicMs'>;
	readonly sessions: SessionsByPeer<Session>;
	/** When sessions ended, oldest first. */
	readonly ended: Map<SessionId, number>;
}

export function createMemoryLeases(clock: Pick<Clock, 'monotonicMs'>): LeaseStore {
	const state: State = {
		clock,
		sessions: createSessionsByPeer(),
		ended: new Map(),
	};
	return {
		sinceClock: 'monotonic',
		claim: async (lease, options) => [
			...makeRoom(state, lease, options),
			...openSession(state, lease, options.leaseMs),
		],
		establish: async (lease, leaseMs) => {
			const isKnown = state.sessions.find(lease) ?? state.ended.has(lease.sessionId);
			return isKnown ? [] : openSession(state, lease, leaseMs);
		},
		renew: async (leases, leaseMs) => leases.map((lease) => renew(state, lease, leaseMs)),
		end: async (lease) => endSession(state, lease),
		holders: async (peerIds) => peerIds.map((peerId) => holderOf(state, peerId)),
		takeExpired: async (peerIds) => takeExpired(state, peerIds),
		open: async () => state.sessions.all(),
	};
}

function makeRoom(
	state: State,
	lease: Lease,
	{ replacesSessionId, heardOfSessionId }: ClaimLease,
): SessionChange[] {
	const known = state.sessions.find(lease);
	if (state.ended.has(lease.sessionId) || known?.takenAtMs !== undefined) {
		throw new GiggityflixError('invalid-argument', 'the session has ended');
	}
	const heardOf = heardOfSessionId !== replacesSessionId && heardOfSessionId;
	if (
		heardOf &&
		!state.ended.has(heardOf) &&
		!state.sessions.find({ ...lease, sessionId: heardOf })
	) {
		throw new GiggityflixError('unavailable', 'the store has lost who holds the peer');
	}
	const nowMs = state.clock.monotonicMs();
	const others = state.sessions
		.of(lease.peerId)
		.filter(({ sessionId, edgeId }) => sessionId !== lease.sessionId || edgeId !== lease.edgeId);
	const isReplaced = (other: Session) =>
		other.sessionId === replacesSessionId && other.edgeId === lease.edgeId;
	if (others.some((other) => isHolding(other, nowMs) && !isReplaced(other))) {
		throw new GiggityflixError('already-exists', 'another session holds the peer');
	}
	// The edge that replaces a session publishes its end; of one that ran out only the tracker can.
	for (const other of others) if (!isReplaced(other)) other.takenAtMs ??= -Infinity;
	return others.filter(isReplaced).flatMap((other) => endSession(state, other));
}

function renew(
	state: State,
	lease: Lease,
	leaseMs: number,
): { isHeld: boolean; changes: SessionChange[] } {
	const session = state.sessions.find(lease);
	const isOurs = session?.edgeId === lease.edgeId && session.takenAtMs === undefined;
	const isFree =
		state.sessions.of(lease.peerId).every(({ takenAtMs }) => takenAtMs !== undefined) &&
		!session &&
		!state.ended.has(lease.sessionId);
	const isHeld = isOurs || isFree;
	return { isHeld, changes: isHeld ? openSession(state, lease, leaseMs) : [] };
}

function holderOf(state: State, peerId: PeerId): HeldLease | undefined {
	const nowMs = state.clock.monotonicMs();
	return state.sessions.of(peerId).findLast((session) => isHolding(session, nowMs));
}

function isHolding({ expiresAtMs, takenAtMs }: Session, nowMs: number): boolean {
	return takenAtMs === undefined && expiresAtMs > nowMs;
}

function openSession(state: State, lease: Lease, leaseMs: number): SessionChange[] {
	const sinceMs = state.clock.monotonicMs();
	const expiresAtMs = sinceMs + leaseMs;
	const known = state.sessions.find(lease);
	if (known) {
		known.expiresAtMs = expiresAtMs;
		return [];
	}
	const { peerId, edgeId, sessionId } = lease;
	// The picture of who is here keeps the same object.
	const session: Session = {
		peerId,
		edgeId,
		sessionId,
		sinceMs,
		expiresAtMs,
		takenAtMs: undefined,
	};
	state.sessions.put(session);
	return [{ kind: 'opened', session }];
}

function endSession(
	state: State,
	{ peerId, sessionId }: Pick<Lease, 'peerId' | 'sessionId'>,
): SessionChange[] {
	state.sessions.delete({ peerId, sessionId });
	if (!state.ended.has(sessionId)) state.ended.set(sessionId, state.clock.monotonicMs());
	return [{ kind: 'ended', session: { peerId, sessionId } }];
}

function takeExpired(state: State, peerIds: readonly PeerId[]): Lease[] {
	const nowMs = state.clock.monotonicMs();
	for (const [sessionId, endedAtMs] of state.ended) {
		if (endedAtMs + endedMemoryMs > nowMs) break;
		state.ended.delete(sessionId);
	}
	return peerIds
		.flatMap((peerId) => state.sessions.of(peerId))
		.filter(({ expiresAtMs, takenAtMs }) =>
			takenAtMs === undefined ? expiresAtMs <= nowMs : takenAtMs + publishingMs <= nowMs,
		)
		.map((session) => {
			session.takenAtMs = nowMs;
			const { peerId, edgeId, sessionId } = session;
			return { peerId, edgeId, sessionId };
		});
}
