// Something the person wanted to be told about can be watched.
import type { SubscriptionMatched } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCatalogId } from '../../../proto/ids.ts';
import type { EdgeMessageContext } from './context.ts';

export function subscriptionMatched(
	context: EdgeMessageContext,
	message: SubscriptionMatched,
): void {
	context.catalogEvents.emit({
		kind: 'subscription-matched',
		subscriptionId: message.subscriptionId,
		catalogId: parseCatalogId(message.catalogId),
		title: message.title,
	});
}
