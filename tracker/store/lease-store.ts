// The port of the sessions that are open: at most one edge holds a peer. A session is opened by a claim, or by its
// event or renewal when the store did not know it, and ends once and for good: whatever arrives late about an
// ended session changes nothing, so events may come twice and in any order. Every method is atomic for one
// peer, also when several trackers call at once. Does not know what a peer has.
import type { EdgeId, PeerId, SessionId } from '../../proto/ids.ts';

/** How long ended sessions are remembered: far longer than an event takes that was held up by retries. */
export const endedMemoryMs = 3_600_000;

/** How long the end of a session that ran out may stay unpublished before it is handed out again. */
export const publishingMs = 20_000;

export interface Lease {
	readonly peerId: PeerId;
	readonly edgeId: EdgeId;
	readonly sessionId: SessionId;
}

/** A lease with the time by the store's own clock at which its session was opened. */
export interface HeldLease extends Lease {
	readonly sinceMs: number;
}

/** What a call did, for those who keep a picture of who is here. */
export type SessionChange =
	| { readonly kind: 'opened'; readonly session: HeldLease }
	| { readonly kind: 'ended'; readonly session: Pick<Lease, 'peerId' | 'sessionId'> };

export interface ClaimLease {
	readonly leaseMs: number;
	/** Empty: none. */
	readonly replacesSessionId: SessionId;
	/** The newest session of the peer the caller has heard of. */
	readonly heardOfSessionId?: SessionId | undefined;
}

export interface LeaseStore {
	/** Which clock `sinceMs` is read from: milliseconds since 1970, or those of this process alone. */
	readonly sinceClock: 'epoch' | 'monotonic';
	/**
	 * Opens a session, or prolongs the same one. Rejects with `already-exists` while another session holds the peer,
	 * unless it is the one `replacesSessionId` names, of the same edge; `invalid-argument` for an ended session;
	 * `unavailable` when the store knows nothing of the session the caller has heard of, open or ended: it has lost what
	 * it held, and that session may hold the peer.
	 */
	claim(lease: Lease, options: ClaimLease): Promise<SessionChange[]>;
	/** Opens the session of an event; does nothing when it is open or has ended. */
	establish(lease: Lease, leaseMs: number): Promise<SessionChange[]>;
	/** Prolongs sessions, or opens those that nobody else is in the way of. Answers in order. */
	renew(
		leases: readonly Lease[],
		leaseMs: number,
	): Promise<{ isHeld: boolean; changes: SessionChange[] }[]>;
	/** Ends a session, also one that was never heard of. */
	end(lease: Pick<Lease, 'peerId' | 'sessionId'>): Promise<SessionChange[]>;
	/** The sessions through which peers can be reached now, in order. */
	holders(peerIds: readonly PeerId[]): Promise<(HeldLease | undefined)[]>;
	/**
	 * Closes the sessions of these peers that have run out, and hands out each to one caller, who publishes its end and
	 * then calls `end`. One that was not ended by `publishingMs` later is handed out again.
	 */
	takeExpired(peerIds: readonly PeerId[]): Promise<Lease[]>;
	/** Every session that was not ended, the oldest of a peer first. */
	open(): Promise<HeldLease[]>;
}
