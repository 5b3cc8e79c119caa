// The leases this edge holds at the tracker: taken one at a time, renewed in bulk at a third of their
// length, given back when a peer leaves. A lease that could not be given back is named in the next claim
// of that peer, so that the edge never stands in its own way. A lease the tracker has not renewed in time is
// lost: the tracker may have given the peer to another edge. Does not know what a session is.
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';
import type { EdgeId, PeerId, SessionId } from '../../proto/ids.ts';
import type { Clock, Logger, TrackerClient } from '../ports.ts';

/** Leases in one RenewPeers: a tenth of what the contract allows, so that messages do not wait while it is made and read. */
const maxLeasesPerRenewal = 500;

export interface Leases {
	/**
	 * Takes the lease; returns the sequence number of the peer's last announcement. Throws `already-exists`
	 * (held elsewhere), `permission-denied` (the id belongs to another key), `resource-exhausted` (the cluster is full)
	 * or `unavailable`.
	 */
	claim(peerId: PeerId, sessionId: SessionId, publicKey: Uint8Array): Promise<bigint>;
	/** Gives the lease back. Never throws: a lease that cannot be given back lapses by itself. */
	release(peerId: PeerId, sessionId: SessionId): Promise<void>;
	/** Renews the lease no more and does not give it back, so that the tracker finds out that the session is over. */
	lapse(peerId: PeerId, sessionId: SessionId): void;
	/** Gives back what is still held for the peer by a session other than this one: one whose successor did not come. */
	releaseReplaced(peerId: PeerId, successorId: SessionId): Promise<void>;
	/** Starts renewing; the function returned stops. */
	start(): () => void;
}

interface Deps {
	readonly edgeId: EdgeId;
	readonly tracker: TrackerClient;
	readonly clock: Clock;
	readonly logger: Logger;
	readonly leaseMs: number;
	/** Longest wait for one answer of the tracker. */
	readonly trackerTimeoutMs: number;
	/** This session does not hold its peer any more: the tracker says so, or has not been reached for too long. */
	readonly onLost: (sessionId: SessionId, error: GiggityflixError) => void;
	/** The tracker has nothing of what this session's peer has announced. */
	readonly onUnknown: (peerId: PeerId, sessionId: SessionId) => void;
}

interface Held {
	readonly sessionId: SessionId;
	/**
	 * `expired`: it ran out, and its session is about to say whether it is given back or left to lapse, once the bus has
	 * stored the end or not. `unreleased`: the session is over, and the tracker has not been told yet.
	 */
	readonly state: 'held' | 'expired' | 'unreleased';
	/**
	 * When it runs out, by the monotonic clock, unless it is renewed. Counted from before the tracker was asked, so
	 * that it never is later than by the tracker's reckoning.
	 */
	readonly untilMs: number;
}

export function createLeases(deps: Deps): Leases {
	const held = new Map<PeerId, Held>();
	const { edgeId } = deps;

	async function release(peerId: PeerId, sessionId: SessionId): Promise<void> {
		if (held.get(peerId)?.sessionId !== sessionId) return;
		held.set(peerId, { sessionId, state: 'unreleased', untilMs: 0 });
		try {
			await ask(deps, (options) =>
				deps.tracker.releasePeer({ lease: { peerId, edgeId, sessionId } }, options),
			);
			dropLease(held, peerId, sessionId);
		} catch (caught) {
			warn(deps, 'a lease could not be given back', caught, { peerId });
		}
	}

	return {
		claim: async (peerId, sessionId, publicKey) => {
			const before = held.get(peerId);
			const replaced = before?.sessionId;
			const { leaseMs } = deps;
			const lease = { peerId, edgeId, sessionId };
			const request = {
				...{ lease, publicKey, leaseMs },
				replacesSessionId: replaced ?? '',
				replacesHeldLease: before?.state === 'held',
			};
			const untilMs = deps.clock.monotonicMs() + leaseMs;
			try {
				const { catalogSequence } = await ask(deps, (options) =>
					deps.tracker.claimPeer(request, options),
				);
				held.set(peerId, { sessionId, state: 'held', untilMs });
				return catalogSequence;
			} catch (caught) {
				// What was to be taken over has no successor now.
				if (replaced !== undefined) await release(peerId, replaced);
				const refusal = claimRefusal(caught);
				// A claim whose answer did not come may have been granted: it is given back, or named, later.
				if (refusal.code === 'unavailable') {
					held.set(peerId, { sessionId, state: 'unreleased', untilMs: 0 });
				}
				throw refusal;
			}
		},
		release,
		lapse: (peerId, sessionId) => dropLease(held, peerId, sessionId),
		releaseReplaced: async (peerId, successorId) => {
			const sessionId = held.get(peerId)?.sessionId;
			if (sessionId !== undefined && sessionId !== successorId) await release(peerId, sessionId);
		},
		start: () => {
			const { clock, leaseMs } = deps;
			const stopRenewing = repeat(clock, leaseMs / 3, () => renew(deps, held, release));
			const stopWatching = repeat(clock, leaseMs / 30, async () => dropExpired(deps, held));
			return () => {
				stopRenewing();
				stopWatching();
			};
		},
	};
}

/** Keeps what is held, and tries once more to give back what is not. */
async function renew(deps: Deps, held: Map<PeerId, Held>, release: Leases['release']) {
	const leases = [];
	for (const [peerId, { sessionId, state }] of held) {
		if (state === 'held') leases.push({ peerId, edgeId: deps.edgeId, sessionId });
		if (state !== 'unreleased') continue;
		await release(peerId, sessionId).finally(() => forget(held, peerId, sessionId));
	}
	for (let first = 0; first < leases.length; first += maxLeasesPerRenewal) {
		const batch = leases.slice(first, first + maxLeasesPerRenewal);
		const untilMs = deps.clock.monotonicMs() + deps.leaseMs;
		try {
			const answer = await ask(deps, (options) =>
				deps.tracker.renewPeers({ leases: batch, leaseMs: deps.leaseMs }, options),
			);
			const lost = new Set(answer.lostPeerIds);
			const unknown = new Set(answer.unknownPeerIds);
			for (const { peerId, sessionId } of batch) {
				// A peer may have come back with a new session, or left, while the tracker answered.
				const lease = held.get(peerId);
				if (lease?.sessionId !== sessionId || lease.state !== 'held') continue;
				if (unknown.has(peerId)) deps.onUnknown(peerId, sessionId);
				if (lost.has(peerId)) {
					held.delete(peerId);
					deps.onLost(sessionId, lostLease('the tracker has given this peer away'));
				} else {
					held.set(peerId, { ...lease, untilMs });
				}
			}
		} catch (caught) {
			// It is asked again at the next renewal: sessions outlive a tracker that is restarted within a lease.
			warn(deps, 'leases could not be renewed', caught, { leases: batch.length });
		}
	}
}

/** Lets go of peers before the tracker can give them to another edge. */
function dropExpired(deps: Deps, held: Map<PeerId, Held>): void {
	// What would run out before the next look has run out.
	const nextLookMs = deps.clock.monotonicMs() + deps.leaseMs / 30;
	for (const [peerId, lease] of [...held]) {
		if (lease.state !== 'held' || lease.untilMs > nextLookMs) continue;
		held.set(peerId, { ...lease, state: 'expired' });
		deps.onLost(lease.sessionId, lostLease('the tracker cannot be reached'));
	}
}

function lostLease(message: string): GiggityflixError {
	return new GiggityflixError('unavailable', message);
}

function dropLease(held: Map<PeerId, Held>, peerId: PeerId, sessionId: SessionId): void {
	if (held.get(peerId)?.sessionId === sessionId) held.delete(peerId);
}

function forget(held: Map<PeerId, Held>, peerId: PeerId, sessionId: SessionId): void {
	const lease = held.get(peerId);
	if (lease?.sessionId === sessionId && lease.state === 'unreleased') held.delete(peerId);
}

/** Calls the tracker with a deadline of the edge's own clock. */
async function ask<Answer>(
	deps: Deps,
	call: (options: { signal: AbortSignal }) => Promise<Answer>,
): Promise<Answer> {
	const abort = new AbortController();
	const cancel = deps.clock.after(deps.trackerTimeoutMs, () => {
		abort.abort(new GiggityflixError('timed-out', 'the tracker does not answer'));
	});
	try {
		return await call({ signal: abort.signal });
	} finally {
		cancel();
	}
}

/** Refusals that are the tracker's word on this peer; everything else says that the tracker is not well. */
const refusals: readonly ErrorCode[] = [
	'already-exists',
	'permission-denied',
	'resource-exhausted',
];

function claimRefusal(caught: unknown): GiggityflixError {
	const error = GiggityflixError.from(caught);
	if (refusals.includes(error.code)) return error;
	return new GiggityflixError('unavailable', 'the tracker cannot be reached', { cause: caught });
}

/** Runs the task again and again, the delay counted from the end of the run before. */
function repeat(clock: Clock, delayMs: number, task: () => Promise<void>): () => void {
	let isStopped = false;
	let cancel = (): void => undefined;
	const schedule = (): void => {
		cancel = clock.after(delayMs, () => {
			void task().finally(() => {
				if (!isStopped) schedule();
			});
		});
	};
	schedule();
	return () => {
		isStopped = true;
		cancel();
	};
}

function warn(deps: Deps, message: string, caught: unknown, fields: Record<string, unknown>): void {
	const { code, message: reason } = GiggityflixError.from(caught);
	deps.logger.warn(message, { ...fields, code, reason });
}
