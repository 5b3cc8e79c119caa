// First message of a peer: admission decides.
import type { Hello } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { HelloContext } from './handlers.ts';

export function hello(context: HelloContext, message: Hello): Promise<void> {
	return context.admission.admit(context.session, context.nonce, message);
}
