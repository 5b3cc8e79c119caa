// The edge asks who we are: answered with a signed hello.
import type { Challenge } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeMessageContext } from './context.ts';

export function challenge(context: EdgeMessageContext, message: Challenge): void {
	context.stream.challenged(message);
}
