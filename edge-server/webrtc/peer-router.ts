// The seam between a step of a negotiation and the peer it is for, be it on this edge or on another one.
import type { WebRtcSignal } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerId } from '../../proto/ids.ts';

/** What became of a step: on the peer's stream, no such peer, or a peer too far behind to be given more. */
export type Delivery = 'delivered' | 'absent' | 'congested';

export interface PeerRouter {
	/**
	 * Steps for one peer arrive in the order of these calls. Answers at once for a peer of this edge. Throws `unavailable`
	 * when another edge does not answer.
	 */
	deliver(toPeerId: PeerId, signal: WebRtcSignal): Delivery | Promise<Delivery>;
}

/** The part of it that has nobody to wait for. */
export interface LocalRouter extends PeerRouter {
	deliver(toPeerId: PeerId, signal: WebRtcSignal): Delivery;
}
