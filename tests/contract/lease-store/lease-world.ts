// What the parts of the lease store's contract start from.
import type { EdgeId, PeerId, SessionId } from '../../../proto/ids.ts';
import type { Lease, LeaseStore } from '../../../tracker/store/lease-store.ts';

/** One test's leases, as two trackers see them; the same object twice where there is one tracker only. */
export interface LeaseWorld {
	readonly leases: LeaseStore;
	readonly others: LeaseStore;
	/** Lets time pass, by the store's own clock. */
	wait(durationMs: number): Promise<void>;
	/** Milliseconds by a clock that runs as fast as the store's. */
	nowMs(): number;
	dispose(): Promise<void>;
}

export const peerId = 'laptop' as PeerId;
export const lease = (sessionId: string, edgeId = 'edge-a', peer: string = peerId): Lease => ({
	peerId: peer as PeerId,
	edgeId: edgeId as EdgeId,
	sessionId: sessionId as SessionId,
});
/** Names no session. */
export const none = '' as SessionId;
