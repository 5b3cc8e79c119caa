// A page of the whole catalog a peer offers.
import type { CatalogSnapshot } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { announce } from './announce.ts';
import type { PeerContext } from './handlers.ts';
import { readOffers } from './offers.ts';

export function catalogSnapshot(context: PeerContext, message: CatalogSnapshot): Promise<void> {
	const { announcements } = context.peer;
	const offerIds = message.offers.map((offer) => offer.offerId);
	return announce(context, () => {
		if (!announcements.followsPage(message, offerIds)) return undefined;
		return {
			offers: readOffers(message.offers),
			removedOfferIds: [],
			event: {
				catalogSequence: message.sequence,
				isSnapshot: true,
				page: message.page,
				isLast: message.last,
			},
			onStored: () => announcements.pageStored(message, offerIds),
		};
	});
}
