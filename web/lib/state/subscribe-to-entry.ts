// Asks the edge to tell when somebody who has a film is back. Knows nothing of how it is told.
import type { Client } from '@connectrpc/connect';
import type { Peer } from '../../../peer/peer.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import type { CatalogService } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { CatalogId } from '../../../proto/ids.ts';

export interface EntrySubscription {
	readonly peer: Pick<Peer, 'sessionCredentials'>;
	readonly catalog: Pick<Client<typeof CatalogService>, 'subscribe'>;
	readonly catalogId: CatalogId | undefined;
}

/** Resolves with the subscription's id. Throws `GiggityflixError`, `unavailable` without a session. */
export async function subscribeToEntry(
	{ peer, catalog, catalogId }: EntrySubscription,
	signal: AbortSignal,
): Promise<string> {
	const credentials = peer.sessionCredentials();
	if (!credentials || !catalogId) {
		throw new GiggityflixError('unavailable', 'there is no session to subscribe with');
	}
	const headers = { peer_id: credentials.peerId, session_token: credentials.sessionToken };
	try {
		return (await catalog.subscribe({ catalogId }, { headers, signal })).subscriptionId;
	} catch (caught) {
		throw GiggityflixError.from(caught);
	}
}
