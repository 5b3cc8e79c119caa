// An entry as viewers get it: described by its primary offer, with its owners in the order to try them. Pure
// but for what it reads from the tracker's state.
import { create } from '@bufbuild/protobuf';
import {
	CatalogEntrySchema,
	OwnerSchema,
	type CatalogEntry,
	type Owner,
} from '../proto/gen/giggityflix/v1/catalog_pb.js';
import { Visibility, type Torrent } from '../proto/gen/giggityflix/v1/media_pb.js';
import type { PeerId } from '../proto/ids.ts';
import { visibilityOf } from './availability.ts';
import { primaryOffer, type Entry } from './catalog.ts';
import type { IndexedEntry } from './catalog-index.ts';
import type { Leases } from './leases.ts';
import type { Peers } from './peers.ts';
import type { Clock } from './ports.ts';
import { rankSeeders } from './seeder-ranking.ts';

interface Deps {
	readonly leases: Pick<Leases, 'holder'>;
	readonly peers: Pick<Peers, 'get'>;
	readonly clock: Pick<Clock, 'now'>;
}

/** Best owner first, those that are away last. */
function rankOwners(entry: Entry, { leases, peers }: Deps) {
	const owners = new Set(entry.offers.map(({ peerId }) => peerId));
	const seeders = Array.from(owners, (peerId) => {
		const lease = leases.holder(peerId);
		return {
			peerId,
			lease,
			onlineSinceMs: lease?.sinceMs,
			lastSeenAtMs: peers.get(peerId).lastSeenAtMs,
		};
	});
	return rankSeeders(seeders);
}

export function describeEntry(entry: Entry, deps: Deps): CatalogEntry {
	const { offer } = primaryOffer(entry);
	const described = create(CatalogEntrySchema, {
		catalogId: entry.catalogId,
		title: offer.title,
		sizeBytes: offer.sizeBytes,
		folder: offer.folder,
		visibility: visibilityOf(entry),
		addedAtMs: BigInt(addedAtMsOf(entry)),
		owners: rankOwners(entry, deps).map(({ peerId, lease }) =>
			describeOwner(peerId, lease !== undefined, deps),
		),
	});
	if (offer.facts) described.facts = offer.facts;
	if (offer.mediaId) described.mediaId = offer.mediaId;
	if (offer.piecesId) described.piecesId = offer.piecesId;
	if (offer.year !== undefined) described.year = offer.year;
	if (offer.season !== undefined) described.season = offer.season;
	if (offer.episode !== undefined) described.episode = offer.episode;
	if (offer.posterId) described.posterId = offer.posterId;
	const torrent = torrentOf(entry);
	if (torrent) described.torrent = torrent;
	return described;
}

/** What the owners of a public entry seed: the torrent announced first, so that all seed the same. */
function torrentOf(entry: Entry): Torrent | undefined {
	if (visibilityOf(entry) !== Visibility.PUBLIC) return undefined;
	return entry.offers.find(({ offer }) => offer.torrent)?.offer.torrent;
}

/** What search finds an entry by. */
export function indexedEntryOf(entry: Entry, isAvailable: boolean): IndexedEntry {
	const { offer } = primaryOffer(entry);
	return {
		catalogId: entry.catalogId,
		title: offer.title,
		folder: offer.folder,
		year: offer.year,
		addedAtMs: addedAtMsOf(entry),
		durationMs: Number(offer.facts?.durationMs ?? 0n),
		isAvailable,
	};
}

function describeOwner(peerId: PeerId, isOnline: boolean, { peers, clock }: Deps): Owner {
	const { publicKey, displayName, lastSeenAtMs } = peers.get(peerId);
	return create(OwnerSchema, {
		peerId,
		publicKey,
		displayName,
		isOnline,
		lastSeenAtMs: BigInt(Math.trunc(isOnline ? clock.now() : lastSeenAtMs)),
	});
}

/** An entry is as old as its first offer, whoever offers it now. */
function addedAtMsOf(entry: Entry): number {
	return Math.min(...entry.offers.map((offer) => offer.addedAtMs));
}
