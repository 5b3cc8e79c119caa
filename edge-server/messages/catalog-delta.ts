// What changed in a peer's catalog since its last announcement.
import { GiggityflixError } from '../../proto/errors.ts';
import type { CatalogDelta } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseOfferId } from '../../proto/ids.ts';
import { announce } from './announce.ts';
import type { PeerContext } from './handlers.ts';
import { readOffers } from './offers.ts';

/** Removals are short, so a whole folder fits in one delta; a frame holds no more than this anyway. */
const maxRemovals = 5_000;

export function catalogDelta(context: PeerContext, message: CatalogDelta): Promise<void> {
	const { announcements } = context.peer;
	const upsertedIds = message.upserted.map((offer) => offer.offerId);
	return announce(context, () => {
		if (!announcements.followsDelta(message, upsertedIds)) return undefined;
		const removedOfferIds = readRemovals(message.removedOfferIds, upsertedIds);
		return {
			offers: readOffers(message.upserted),
			removedOfferIds,
			event: {
				catalogSequence: message.sequence,
				isSnapshot: false,
				page: 0,
				isLast: true,
			},
			onStored: () => announcements.deltaStored(message, upsertedIds, removedOfferIds),
		};
	});
}

function readRemovals(removedIds: readonly string[], upsertedIds: readonly string[]): string[] {
	if (removedIds.length > maxRemovals) {
		throw new GiggityflixError('resource-exhausted', `more than ${maxRemovals} removals`);
	}
	const upserted = new Set(upsertedIds);
	if (removedIds.some((offerId) => upserted.has(offerId))) {
		throw new GiggityflixError('invalid-argument', 'an offer is both there and gone');
	}
	return removedIds.map(parseOfferId);
}
