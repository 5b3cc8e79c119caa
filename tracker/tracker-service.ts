// The questions an edge asks the tracker, one function each: read and check the request, ask the rules, write the
// answer. Owns no state. Refusals are GiggityflixErrors; the interceptor makes them Connect's.
import type { Interceptor, ServiceImpl } from '@connectrpc/connect';
import { GiggityflixError } from '../proto/errors.ts';
import { SearchOrder } from '../proto/gen/giggityflix/v1/catalog_pb.js';
import type { FileOffer } from '../proto/gen/giggityflix/v1/media_pb.js';
import type { TrackerService } from '../proto/gen/giggityflix/v1/tracker_pb.js';
import {
	parseCatalogId,
	parsePeerId,
	parseSubscriptionId,
	type PeerId,
	type SessionId,
} from '../proto/ids.ts';
import type { Catalog, Entry } from './catalog.ts';
import type { CatalogIndex, CatalogQuery } from './catalog-index.ts';
import type { ChangePublisher } from './change-publisher.ts';
import type { Claims } from './claims.ts';
import type { CommandRouter } from './command-router.ts';
import { describeEntry } from './entry-description.ts';
import { publishPresence } from './events.ts';
import { describeCluster, type DescriptionDeps } from './description.ts';
import { readLease, writeLease } from './lease-message.ts';
import type { Leases } from './leases.ts';
import type { Peers } from './peers.ts';
import type { Clock } from './ports.ts';
import { rankSeeders } from './seeder-ranking.ts';
import type { HeldLease } from './store/lease-store.ts';
import type { Subscriptions } from './subscriptions.ts';

/** As tracker.proto and catalog.proto promise. */
const maxLeasesPerRenewal = 5_000;
const maxQueryLength = 200;
const maxPageSize = 200;
/** A SHA-1. */
const infoHashBytes = 20;
const defaultPageSize = 50;
/** Longest lease: an edge that asks for more has mistaken its units. */
const maxLeaseMs = 86_400_000;

export interface ServiceDeps extends DescriptionDeps {
	readonly peers: Peers;
	readonly leases: Leases;
	readonly claims: Claims;
	readonly catalog: Catalog;
	readonly index: CatalogIndex;
	readonly subscriptions: Subscriptions;
	readonly publisher: ChangePublisher;
	readonly router: CommandRouter;
	readonly clock: Clock;
}

export function createTrackerService(deps: ServiceDeps): ServiceImpl<typeof TrackerService> {
	return {
		...presenceMethods(deps),
		...locationMethods(deps),
		...catalogMethods(deps),
		...subscriptionMethods(deps),
		routeCommand: async ({ command }) => {
			if (!command) throw new GiggityflixError('invalid-argument', 'no command is given');
			return { edgeId: await deps.router.route(command) };
		},
		...operatorMethods(deps),
	};
}

/** A service that is looked up at every call, so that routes can be laid before the tracker has started. */
export function deferTrackerService(
	current: () => ServiceImpl<typeof TrackerService>,
): ServiceImpl<typeof TrackerService> {
	return {
		claimPeer: (request, context) => current().claimPeer(request, context),
		renewPeers: (request, context) => current().renewPeers(request, context),
		releasePeer: (request, context) => current().releasePeer(request, context),
		locatePeer: (request, context) => current().locatePeer(request, context),
		locateMedia: (request, context) => current().locateMedia(request, context),
		locateTorrent: (request, context) => current().locateTorrent(request, context),
		search: (request, context) => current().search(request, context),
		getEntry: (request, context) => current().getEntry(request, context),
		createSubscription: (request, context) => current().createSubscription(request, context),
		deleteSubscription: (request, context) => current().deleteSubscription(request, context),
		routeCommand: (request, context) => current().routeCommand(request, context),
		reportEdge: (request, context) => current().reportEdge(request, context),
		describe: (request, context) => current().describe(request, context),
	};
}

/** Answers every refusal with its code and keeps the text of internal errors at home. */
export const translateErrors: Interceptor = (next) => async (request) => {
	try {
		return await next(request);
	} catch (caught) {
		throw GiggityflixError.from(caught).toConnectError();
	}
};

type Methods<Name extends keyof ServiceImpl<typeof TrackerService>> = Pick<
	ServiceImpl<typeof TrackerService>,
	Name
>;

function presenceMethods(
	deps: ServiceDeps,
): Methods<'claimPeer' | 'renewPeers' | 'releasePeer' | 'locatePeer'> {
	const { peers, leases, claims } = deps;
	return {
		claimPeer: async (request) => {
			const lease = readLease(request.lease);
			const leaseMs = readLeaseMs(request.leaseMs);
			const replacesSessionId = request.replacesSessionId as SessionId;
			await peers.bindKey(lease.peerId, request.publicKey);
			const { replacesHeldLease } = request;
			await claims.claim(lease, { leaseMs, replacesSessionId, replacesHeldLease });
			await tellPresence(deps, lease.peerId);
			const { completeSequence } = peers.get(lease.peerId).progress;
			return { catalogSequence: BigInt(completeSequence) };
		},
		renewPeers: async (request) => {
			if (request.leases.length > maxLeasesPerRenewal) {
				throw new GiggityflixError('resource-exhausted', 'too many leases in one renewal');
			}
			const leaseMs = readLeaseMs(request.leaseMs);
			const { lost, cameBack } = await leases.renew(request.leases.map(readLease), leaseMs);
			for (const peerId of cameBack) await tellPresence(deps, peerId);
			const lostPeerIds = lost.map(({ peerId }) => peerId);
			const held = new Set(request.leases.map(({ peerId }) => parsePeerId(peerId)));
			for (const peerId of lostPeerIds) held.delete(peerId);
			const isUnknown = (peerId: PeerId) => peers.get(peerId).progress.completeSequence === 0;
			return { lostPeerIds, unknownPeerIds: [...held].filter(isUnknown) };
		},
		releasePeer: async (request) => {
			const lease = readLease(request.lease);
			await leases.end(lease);
			// The edge publishes that the session is closed; should it die before, nobody else would tell.
			await publishPresence(deps, lease.peerId);
			return {};
		},
		locatePeer: async (request) => {
			const [lease] = await leases.holders([parsePeerId(request.peerId)]);
			if (!lease) throw new GiggityflixError('not-found', 'the peer is away');
			return { lease: writeLease(lease) };
		},
	};
}

/** A lease counts whether or not it can be told; what the bus refuses now is told with the next change. */
async function tellPresence(deps: ServiceDeps, peerId: PeerId): Promise<void> {
	await publishPresence(deps, peerId).catch(() => undefined);
}

function locationMethods(deps: ServiceDeps): Methods<'locateMedia' | 'locateTorrent'> {
	const { catalog, leases } = deps;
	const leasesOf = async (owners: readonly PeerId[]) => {
		const held = await leases.holders(owners);
		const seeders = held.flatMap((lease) => (lease ? [seederOf(lease)] : []));
		return rankSeeders(seeders).map(({ lease }) => writeLease(lease));
	};
	return {
		locateMedia: async (request) => {
			const { offers } = findEntry(catalog, request.catalogId);
			const owners = new Set(offers.map(({ peerId }) => peerId));
			return { leases: await leasesOf([...owners]) };
		},
		locateTorrent: async ({ infoHash }) => {
			if (infoHash.length !== infoHashBytes) {
				throw new GiggityflixError('invalid-argument', 'malformed info hash');
			}
			const entry = catalog.entryOfTorrent(infoHash);
			const announced = entry?.offers.find(({ offer }) => isTorrent(offer, infoHash));
			if (!entry || !announced?.offer.torrent) {
				throw new GiggityflixError('not-found', 'no public entry has this torrent');
			}
			const { torrent } = announced.offer;
			const owners = [...new Set(entry.offers.map(({ peerId }) => peerId))];
			return { catalogId: entry.catalogId, torrent, leases: await leasesOf(owners) };
		},
	};
}

function catalogMethods(deps: ServiceDeps): Methods<'search' | 'getEntry'> {
	const { catalog, index } = deps;
	return {
		search: (request) => {
			const { catalogIds, nextPageCursor, total } = index.search({
				text: readQuery(request.query),
				order: orders[request.order],
				pageSize: readPageSize(request.pageSize),
				pageCursor: request.pageCursor,
				onlyAvailable: request.onlyAvailable,
			});
			const entries = catalogIds
				.map((catalogId) => catalog.entry(catalogId))
				.filter((entry) => entry !== undefined)
				.map((entry) => describeEntry(entry, deps));
			return { entries, nextPageCursor, total };
		},
		getEntry: (request) => ({
			entry: describeEntry(findEntry(catalog, request.catalogId), deps),
		}),
	};
}

function subscriptionMethods(
	deps: ServiceDeps,
): Methods<'createSubscription' | 'deleteSubscription'> {
	const { catalog, leases, subscriptions, publisher } = deps;
	return {
		createSubscription: async (request) => {
			const peerId = parsePeerId(request.peerId);
			const catalogId = parseCatalogId(request.catalogId);
			const subscription = await subscriptions.subscribe(peerId, catalogId);
			const entry = catalog.entry(catalogId);
			const isAvailable = entry?.offers.some((offer) => leases.isOnline(offer.peerId));
			if (entry && isAvailable) await publisher.publishMatch(subscription, entry);
			const { subscriptionId, expiresAtMs } = subscription;
			return { subscriptionId, expiresAtMs: BigInt(Math.trunc(expiresAtMs)) };
		},
		deleteSubscription: async (request) => {
			const subscriptionId = parseSubscriptionId(request.subscriptionId);
			await subscriptions.unsubscribe(parsePeerId(request.peerId), subscriptionId);
			return {};
		},
	};
}

function operatorMethods(deps: ServiceDeps): Methods<'reportEdge' | 'describe'> {
	return {
		reportEdge: ({ report }) => {
			if (!report) throw new GiggityflixError('invalid-argument', 'an empty report');
			deps.edgeReports.put(report);
			return {};
		},
		describe: (request) => describeCluster(deps, request),
	};
}

const orders: Record<SearchOrder, CatalogQuery['order']> = {
	[SearchOrder.UNSPECIFIED]: undefined,
	[SearchOrder.NEWEST]: 'newest',
	[SearchOrder.TITLE]: 'title',
	[SearchOrder.LONGEST]: 'longest',
};

function isTorrent({ torrent }: FileOffer, infoHash: Uint8Array): boolean {
	return torrent !== undefined && Buffer.compare(torrent.infoHash, infoHash) === 0;
}

function findEntry(catalog: Catalog, text: string): Entry {
	const entry = catalog.entry(parseCatalogId(text));
	if (!entry) throw new GiggityflixError('not-found', 'nobody offers this entry');
	return entry;
}

/** Of those that are here only the length of their sessions counts. */
function seederOf(lease: HeldLease) {
	return { peerId: lease.peerId, lease, onlineSinceMs: lease.sinceMs, lastSeenAtMs: 0 };
}

function readLeaseMs(leaseMs: number): number {
	if (leaseMs > 0 && leaseMs <= maxLeaseMs) return leaseMs;
	throw new GiggityflixError('invalid-argument', 'a lease lasts from 1 ms to a day');
}

function readQuery(text: string): string {
	if (text.length <= maxQueryLength) return text;
	throw new GiggityflixError('invalid-argument', 'the query is too long');
}

function readPageSize(pageSize: number): number {
	if (pageSize <= maxPageSize) return pageSize === 0 ? defaultPageSize : pageSize;
	throw new GiggityflixError('invalid-argument', 'the page is too large');
}
