// What a peer wants availability messages about; replaces what it wanted before.
import { GiggityflixError } from '../../proto/errors.ts';
import type { CatalogInterest } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCatalogId } from '../../proto/ids.ts';
import { maxInterestIds } from '../../proto/limits.ts';
import type { PeerContext } from './handlers.ts';

export function catalogInterest({ session, feed }: PeerContext, message: CatalogInterest): void {
	const { wholeCatalog, catalogIds } = message;
	if (catalogIds.length > maxInterestIds) {
		throw new GiggityflixError(
			'resource-exhausted',
			`at most ${maxInterestIds} entries of interest`,
		);
	}
	feed.setInterest(session, { wholeCatalog, catalogIds: new Set(catalogIds.map(parseCatalogId)) });
}
