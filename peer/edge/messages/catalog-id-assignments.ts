// The answer to an announcement: the catalog ids of its offers.
import type { CatalogIdAssignments } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeMessageContext } from './context.ts';

export function catalogIdAssignments(
	context: EdgeMessageContext,
	message: CatalogIdAssignments,
): void {
	context.announcer.assigned(message);
}
