// A sign of life, answered unless it is an answer.
import type { Heartbeat } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeMessageContext } from './context.ts';

export function heartbeat(context: EdgeMessageContext, message: Heartbeat): void {
	context.stream.heartbeat(message);
}
