// The edge has admitted us.
import type { Welcome } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeMessageContext } from './context.ts';

export function welcome(context: EdgeMessageContext, message: Welcome): void {
	context.stream.welcomed(message);
}
