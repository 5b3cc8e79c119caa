// The edge refuses us, or the last message.
import type { Reject } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeMessageContext } from './context.ts';

export function reject(context: EdgeMessageContext, message: Reject): void {
	context.stream.rejected(message);
}
