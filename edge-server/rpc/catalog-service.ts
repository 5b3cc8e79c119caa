// What viewers ask the edge about the catalog: checked here, answered by the tracker. Searching is open to
// everyone; a subscription belongs to a session, named by the request's headers. Knows no transport.
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { GiggityflixError } from '../../proto/errors.ts';
import type { CatalogService } from '../../proto/gen/giggityflix/v1/catalog_pb.js';
import {
	parseCatalogId,
	parsePeerId,
	parseSubscriptionId,
	type CatalogId,
	type PeerId,
} from '../../proto/ids.ts';
import type { TrackerClient } from '../ports.ts';
import type { Sessions } from '../sessions/sessions.ts';

const maxQueryLength = 200;
const defaultPageSize = 50;
const maxPageSize = 200;
/** A cursor is the tracker's own; ours only has to keep out what no tracker made. */
const maxCursorLength = 1_000;

interface Deps {
	readonly tracker: Pick<
		TrackerClient,
		'search' | 'getEntry' | 'createSubscription' | 'deleteSubscription'
	>;
	readonly sessions: Pick<Sessions, 'authenticate'>;
	/** One peer says that another has sent what is not the film. */
	readonly onBadSource: (report: BadSourceReport) => void;
}

export interface BadSourceReport {
	readonly catalogId: CatalogId;
	readonly peerId: PeerId;
	readonly reportedBy: PeerId;
}

export function createCatalogService({
	tracker,
	sessions,
	onBadSource,
}: Deps): ServiceImpl<typeof CatalogService> {
	return {
		search: (request, context) =>
			answer(async () => {
				const { query, order, pageCursor, onlyAvailable } = request;
				requireLength(query, maxQueryLength, 'query');
				requireLength(pageCursor, maxCursorLength, 'page cursor');
				const pageSize = readPageSize(request.pageSize);
				return tracker.search(
					{ query, order, pageSize, pageCursor, onlyAvailable },
					forwarded(context),
				);
			}),
		getEntry: (request, context) =>
			answer(async () => {
				const catalogId = parseCatalogId(request.catalogId);
				return tracker.getEntry({ catalogId }, forwarded(context));
			}),
		subscribe: (request, context) =>
			answer(async () => {
				const peerId = authenticate(sessions, context);
				const catalogId = parseCatalogId(request.catalogId);
				const created = await tracker.createSubscription({ peerId, catalogId }, forwarded(context));
				const { subscriptionId, expiresAtMs } = created;
				return { subscriptionId, expiresAtMs };
			}),
		unsubscribe: (request, context) =>
			answer(async () => {
				const peerId = authenticate(sessions, context);
				const subscriptionId = parseSubscriptionId(request.subscriptionId);
				await tracker.deleteSubscription({ peerId, subscriptionId }, forwarded(context));
				return {};
			}),
		reportBadSource: (request, context) =>
			answer(async () => {
				const reportedBy = authenticate(sessions, context);
				const catalogId = parseCatalogId(request.catalogId);
				onBadSource({ catalogId, peerId: parsePeerId(request.peerId), reportedBy });
				return Promise.resolve({});
			}),
	};
}

/** The caller's deadline and departure go on to the tracker; its headers, with the token in them, do not. */
function forwarded({ signal }: HandlerContext): { signal: AbortSignal } {
	return { signal };
}

/** Throws `unauthenticated`. */
function authenticate(sessions: Deps['sessions'], { requestHeader }: HandlerContext): PeerId {
	const peerId = requestHeader.get('peer_id') ?? '';
	const sessionToken = requestHeader.get('session_token') ?? '';
	return sessions.authenticate(peerId, sessionToken).peer.peerId;
}

function requireLength(text: string, maxLength: number, what: string): void {
	if (text.length <= maxLength) return;
	throw new GiggityflixError('invalid-argument', `${what} is longer than ${maxLength} characters`);
}

function readPageSize(pageSize: number): number {
	if (pageSize === 0) return defaultPageSize;
	if (pageSize <= maxPageSize) return pageSize;
	throw new GiggityflixError('invalid-argument', `a page has at most ${maxPageSize} entries`);
}

/** Ours and the tracker's errors become the caller's, without the tracker's metadata. */
async function answer<Response>(ask: () => Promise<Response>): Promise<Response> {
	try {
		return await ask();
	} catch (caught) {
		throw GiggityflixError.from(caught).toConnectError();
	}
}
