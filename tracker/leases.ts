// Who is here: a picture of the sessions that are open, kept in step with the store, which alone decides who holds a
// peer. The picture serves whatever looks at many peers at once; where a peer is reached is asked of the store.
import type { PeerId, SessionId } from '../proto/ids.ts';
import type { Clock } from './ports.ts';
import {
	endedMemoryMs,
	type HeldLease,
	type Lease,
	type LeaseStore,
	type SessionChange,
} from './store/lease-store.ts';
import { createSessionsByPeer } from './store/sessions-by-peer.ts';

export interface Leases extends Pick<LeaseStore, 'holders' | 'sinceClock'> {
	/** As `LeaseStore.claim`. */
	claim(lease: Lease, options: { leaseMs: number; replacesSessionId: SessionId }): Promise<void>;
	/** As `LeaseStore.establish`. */
	establish(lease: Lease, leaseMs: number): Promise<void>;
	/** Answers the leases that are lost, and the peers that are here again because of it. */
	renew(
		leases: readonly Lease[],
		leaseMs: number,
	): Promise<{ lost: Lease[]; cameBack: Set<PeerId> }>;
	/** As `LeaseStore.end`. */
	end(lease: Pick<Lease, 'peerId' | 'sessionId'>): Promise<void>;
	/** As `LeaseStore.takeExpired`, of every peer in the picture. */
	takeExpired(): Promise<Lease[]>;
	/** The newest session of a peer that is in the picture. */
	holder(peerId: PeerId): HeldLease | undefined;
	/** Whether a session is open; one that has run out counts until its end is published. */
	isOnline(peerId: PeerId): boolean;
	onlinePeers(): Iterable<PeerId>;
	/** How many peers are online. */
	count(): number;
	/** Whether a session of the peer was open at any time since this tracker started. */
	hasHeardOf(peerId: PeerId): boolean;
	/** Every session in the picture; of one peer the newest comes last. */
	sessions(): HeldLease[];
	/** Takes note of what other trackers did; returns the peers concerned. */
	note(changes: readonly SessionChange[]): Set<PeerId>;
	/** Replaces the picture by what the store has; returns the peers that came or went. */
	reload(): Promise<Set<PeerId>>;
}

/** Peers whose expired sessions are asked for in one go: far below a second of any store's time. */
const peersPerSweep = 1_000;

export function createLeases(store: LeaseStore, clock: Pick<Clock, 'monotonicMs'>): Leases {
	const picture = createPicture(clock);
	return {
		claim: async (lease, options) => {
			const heardOfSessionId = picture.holder(lease.peerId)?.sessionId;
			picture.note(await store.claim(lease, { ...options, heardOfSessionId }));
		},
		establish: async (lease, leaseMs) => void picture.note(await store.establish(lease, leaseMs)),
		renew: async (leases, leaseMs) => {
			const answers = await store.renew(leases, leaseMs);
			const cameBack = picture.note(answers.flatMap(({ changes }) => changes));
			return { lost: leases.filter((_, index) => answers[index]?.isHeld !== true), cameBack };
		},
		end: async (lease) => void picture.note(await store.end(lease)),
		takeExpired: async () => {
			const peerIds = [...picture.onlinePeers()];
			const taken: Lease[] = [];
			for (let first = 0; first === 0 || first < peerIds.length; first += peersPerSweep) {
				taken.push(...(await store.takeExpired(peerIds.slice(first, first + peersPerSweep))));
			}
			return taken;
		},
		reload: async () => {
			picture.rememberOpened();
			return picture.replace(await store.open());
		},
		holders: (peerIds) => store.holders(peerIds),
		sinceClock: store.sinceClock,
		...picture,
	};
}

interface Picture extends Pick<
	Leases,
	'holder' | 'isOnline' | 'onlinePeers' | 'count' | 'hasHeardOf' | 'sessions' | 'note'
> {
	/** From now on; ends with the next `replace`. */
	rememberOpened(): void;
	/** Returns the peers that came or went. What was opened since `rememberOpened` stays. */
	replace(sessions: readonly HeldLease[]): Set<PeerId>;
}

function createPicture(clock: Pick<Clock, 'monotonicMs'>): Picture {
	const open = createSessionsByPeer<HeldLease>();
	const heardOf = new Set<PeerId>();
	/** When ends were heard of, oldest first: an opening may be heard of later than the end. */
	const ended = new Map<SessionId, number>();
	/** The store may have been read just before it had them. */
	let openedMeanwhile: HeldLease[] | undefined;

	function add(session: HeldLease): void {
		heardOf.add(session.peerId);
		if (!ended.has(session.sessionId)) open.put(session);
	}

	function remove(session: Pick<Lease, 'peerId' | 'sessionId'>): void {
		const { sessionId } = session;
		const nowMs = clock.monotonicMs();
		for (const [other, endedAtMs] of ended) {
			if (endedAtMs + endedMemoryMs > nowMs) break;
			ended.delete(other);
		}
		if (!ended.has(sessionId)) ended.set(sessionId, nowMs);
		open.delete(session);
	}

	return {
		holder: (peerId) => open.of(peerId).at(-1),
		isOnline: (peerId) => open.has(peerId),
		onlinePeers: () => open.peerIds(),
		count: () => open.count(),
		hasHeardOf: (peerId) => heardOf.has(peerId),
		sessions: () => open.all(),
		note: (changes) => {
			for (const change of changes) {
				if (change.kind === 'ended') {
					remove(change.session);
					continue;
				}
				openedMeanwhile?.push(change.session);
				add(change.session);
			}
			return new Set(changes.map(({ session }) => session.peerId));
		},
		rememberOpened: () => {
			openedMeanwhile = [];
		},
		replace: (sessions) => {
			const before = new Set(open.peerIds());
			open.clear();
			for (const session of [...sessions, ...(openedMeanwhile ?? [])]) add(session);
			openedMeanwhile = undefined;
			const hasChanged = (peerId: PeerId) => before.has(peerId) !== open.has(peerId);
			return new Set([...before, ...open.peerIds()].filter(hasChanged));
		},
	};
}
