// What anybody finds in the catalog of an edge, and how a peer opens it.
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import type { Peer, WatchSource } from '../../peer/peer.ts';
import { CatalogService, type CatalogEntry } from '../../proto/gen/giggityflix/v1/catalog_pb.js';
import { parsePeerId, type CatalogId } from '../../proto/ids.ts';

/** The first film of a query that somebody can send now. */
export async function findFilm(
	{ url }: { readonly url: string },
	query: string,
): Promise<CatalogEntry | undefined> {
	const transport = createConnectTransport({ baseUrl: url, httpVersion: '1.1' });
	const catalog = createClient(CatalogService, transport);
	return (await catalog.search({ query, onlyAvailable: true })).entries[0];
}

/** As a page does that comes from the catalog. Whoever calls closes it. */
export function openFilm(viewer: Peer, { catalogId, owners }: CatalogEntry): WatchSource {
	return viewer.openSource({
		catalogId: catalogId as CatalogId,
		ownerPublicKey: owners[0]!.publicKey,
		ownerPeerIds: owners.map(({ peerId }) => parsePeerId(peerId)),
	});
}
