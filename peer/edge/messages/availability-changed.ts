// Entries the page is showing came, changed or went.
import type { AvailabilityChanged } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCatalogId } from '../../../proto/ids.ts';
import type { EdgeMessageContext } from './context.ts';

export function availabilityChanged(
	context: EdgeMessageContext,
	message: AvailabilityChanged,
): void {
	context.catalogEvents.emit({
		kind: 'changed',
		changes: message.changes.map(({ catalogId, availablePeers, removed }) => ({
			catalogId: parseCatalogId(catalogId),
			availablePeers,
			removed,
		})),
		truncated: message.truncated,
	});
}
