// Whether a peer may be claimed at all, before the leases decide between sessions. Rules: the cluster has a most; and
// a tracker that has just started does not know yet what edges hold. Until every lease of its predecessor has run out,
// a peer that was held when its predecessor ended is given only to the edge that says it holds it already. That is stored
// before an edge is told that it holds a peer, and goes by no clock but the one that is never set.
import { GiggityflixError } from '../proto/errors.ts';
import type { PeerId, SessionId } from '../proto/ids.ts';
import type { TrackerSettings } from './config.ts';
import type { Leases } from './leases.ts';
import type { Peers } from './peers.ts';
import type { Clock } from './ports.ts';
import type { Lease } from './store/lease-store.ts';

export interface ClaimOptions {
	readonly leaseMs: number;
	readonly replacesSessionId: SessionId;
	/** The edge held the lease of the session it replaces. */
	readonly replacesHeldLease: boolean;
}

export interface Claims {
	/**
	 * Takes the lease and remembers the peer as held, which is stored before the edge is told. Throws as
	 * `Leases.claim`, `resource-exhausted`, and `unavailable` while another edge may hold the peer.
	 */
	claim(lease: Lease, options: ClaimOptions): Promise<void>;
}

interface Deps {
	readonly leases: Leases;
	readonly peers: Pick<Peers, 'get' | 'see'>;
	readonly clock: Clock;
	readonly config: Pick<TrackerSettings, 'leaseMs' | 'maxPeers' | 'isClustered'>;
}

/** Made when the tracker starts. */
export function createClaims({ leases, peers, clock, config }: Deps): Claims {
	const settledAtMs = clock.monotonicMs() + (config.isClustered ? config.leaseMs : 0);

	function mayBeHeldUnheard(peerId: PeerId): boolean {
		const isSettled = clock.monotonicMs() >= settledAtMs || leases.hasHeardOf(peerId);
		return !isSettled && peers.get(peerId).isHeld;
	}

	return {
		claim: async (lease, options) => {
			const { peerId } = lease;
			if (!leases.isOnline(peerId) && leases.count() >= config.maxPeers) {
				throw new GiggityflixError('resource-exhausted', 'the cluster has no room for more peers');
			}
			if (!options.replacesHeldLease && mayBeHeldUnheard(peerId)) {
				throw new GiggityflixError('unavailable', 'another edge may still hold the peer');
			}
			await leases.claim(lease, options);
			await peers.see([peerId], clock.now(), { isHeld: true });
		},
	};
}
