// The answer to a poster.
import type { PosterStored } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeMessageContext } from './context.ts';

export function posterStored(context: EdgeMessageContext, message: PosterStored): void {
	context.posters.posterStored(message);
}
