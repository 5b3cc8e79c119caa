// Which session of which edge holds a peer, as the tracker says, remembered for as long as a lease lasts or until it proves wrong.
// That a peer is away is not remembered: it may come at any moment.
import { Code, ConnectError } from '@connectrpc/connect';
import { GiggityflixError } from '../../proto/errors.ts';
import { parseEdgeId, type EdgeId, type PeerId, type SessionId } from '../../proto/ids.ts';
import type { Clock, TrackerClient } from '../ports.ts';
import { putNewest } from '../put-newest.ts';

/** Enough for everybody who watches through this edge; the oldest go first. */
const maxRemembered = 20_000;
/** Shorter than a viewer's patience with a negotiation. */
const trackerTimeoutMs = 3_000;

export interface PeerLocation {
	readonly edgeId: EdgeId;
	readonly sessionId: SessionId;
}

export interface PeerLocations {
	/** Where the peer is, `undefined` when it is away. Throws `unavailable` when the tracker is. */
	find(peerId: PeerId): Promise<PeerLocation | undefined>;
	/** The peer was not there. */
	forget(peerId: PeerId): void;
}

interface Deps {
	readonly tracker: Pick<TrackerClient, 'locatePeer'>;
	readonly clock: Pick<Clock, 'monotonicMs'>;
	readonly leaseMs: number;
}

export function createPeerLocations({ tracker, clock, leaseMs }: Deps): PeerLocations {
	const known = new Map<PeerId, { readonly location: PeerLocation; readonly untilMs: number }>();
	return {
		find: async (peerId) => {
			const remembered = known.get(peerId);
			if (remembered !== undefined && remembered.untilMs > clock.monotonicMs()) {
				return remembered.location;
			}
			const location = await locate(tracker, peerId);
			if (location === undefined) {
				known.delete(peerId);
				return undefined;
			}
			const untilMs = clock.monotonicMs() + leaseMs;
			putNewest(known, peerId, { location, untilMs }, maxRemembered);
			return location;
		},
		forget: (peerId) => void known.delete(peerId),
	};
}

async function locate(tracker: Deps['tracker'], peerId: PeerId): Promise<PeerLocation | undefined> {
	try {
		const { lease } = await tracker.locatePeer({ peerId }, { timeoutMs: trackerTimeoutMs });
		if (lease === undefined) return undefined;
		return { edgeId: parseEdgeId(lease.edgeId), sessionId: lease.sessionId as SessionId };
	} catch (caught) {
		if (ConnectError.from(caught).code === Code.NotFound) return undefined;
		throw new GiggityflixError('unavailable', 'the tracker cannot be reached', { cause: caught });
	}
}
