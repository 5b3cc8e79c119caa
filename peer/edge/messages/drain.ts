// The edge is going away and says when to come back.
import type { Drain } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeMessageContext } from './context.ts';

export function drain(context: EdgeMessageContext, message: Drain): void {
	context.stream.draining(message.reconnectAfterMs);
}
