// The seam between a signal and the peer it is for. Today every peer that can be reached is on this edge;
// a router that reaches other edges answers the same three things.
import type { PeerId } from '../../proto/ids.ts';
import type { EdgeBody } from '../sessions/session.ts';

/** What became of a message: on the peer's stream, no such peer, or a peer too far behind to be given more. */
export type Delivery = 'delivered' | 'absent' | 'congested';

export interface PeerRouter {
	/** Messages for one peer arrive in the order of these calls. */
	deliver(toPeerId: PeerId, message: EdgeBody): Promise<Delivery>;
}
