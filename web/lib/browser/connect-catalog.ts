// The catalog as the edge of this origin answers it, over Connect with fetch. Any Connect transport
// could take its place. Knows nothing of sessions: callers add peer_id and session_token as headers.
import { createClient, type Client } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-web';
import { CatalogService } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';

export type CatalogClient = Client<typeof CatalogService>;

/** Throws `ConnectError` from its calls; `GiggityflixError.from` reads them. */
export function connectCatalog(baseUrl: string): CatalogClient {
	return createClient(
		CatalogService,
		createConnectTransport({ baseUrl, useBinaryFormat: true, defaultTimeoutMs: 15_000 }),
	);
}
