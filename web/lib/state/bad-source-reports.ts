// Tells the edge of those it knows who have sent what is not the film, each once. The film goes on without them; that
// they are there is for the operator to know.
import type { Client } from '@connectrpc/connect';
import type { Peer, SourceShare } from '../../../peer/peer.ts';
import type { CatalogService } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { PeerId } from '../../../proto/ids.ts';

/** Looks through the sources of an entry whenever they have changed. */
export function createBadSourceReports(
	peer: Pick<Peer, 'sessionCredentials'>,
	catalog: Pick<Client<typeof CatalogService>, 'reportBadSource'>,
): (catalogId: string, shares: readonly SourceShare[]) => void {
	const reported = new Set<PeerId>();
	return (catalogId, shares) => {
		for (const { from, state } of shares) {
			const credentials = peer.sessionCredentials();
			const peerId = 'peerId' in from ? from.peerId : undefined;
			if (state !== 'dropped' || peerId === undefined || !credentials) continue;
			if (reported.has(peerId)) continue;
			reported.add(peerId);
			const headers = { peer_id: credentials.peerId, session_token: credentials.sessionToken };
			// An edge that cannot be told has other worries.
			catalog.reportBadSource({ catalogId, peerId }, { headers }).catch(() => undefined);
		}
	};
}
