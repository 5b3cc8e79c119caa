// A step of a negotiation from another peer. The edge is only believed as far as the signature in it goes;
// whoever handles it checks that.
import type { WebRtcSignal } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeMessageContext } from './context.ts';

export function webrtcSignal(context: EdgeMessageContext, message: WebRtcSignal): Promise<void> {
	return context.signals.handle(message);
}
