// What announcements come to: the change that stores them, judged by their numbers and by what the catalog has. Those of
// one peer that only add become one change. Changes nothing itself; whoever has stored a plan applies it.
import type { PeerCatalogUpdated } from '../proto/gen/giggityflix/v1/events_pb.js';
import { GiggityflixError } from '../proto/errors.ts';
import {
	parseCatalogId,
	parseOfferId,
	parsePeerId,
	type OfferId,
	type PeerId,
} from '../proto/ids.ts';
import { maxOffersPerPage } from '../proto/limits.ts';
import type { Catalog } from './catalog.ts';
import { judgeAnnouncement, type CatalogProgress } from './catalog-progress.ts';
import { ownIdOf } from './own-ids.ts';
import type { Peers } from './peers.ts';
import type { Clock, Logger } from './ports.ts';
import type { CatalogChange, StoredAlias, StoredOffer } from './store/tracker-store.ts';

/** What some announcements of one peer come to. */
export interface Plan {
	readonly updates: readonly PeerCatalogUpdated[];
	/** Undefined when later ones have overtaken all of them. */
	readonly change: CatalogChange | undefined;
}

interface Deps {
	readonly peers: Pick<Peers, 'get'>;
	readonly catalog: Pick<Catalog, 'resolve' | 'offersOf'>;
	readonly clock: Pick<Clock, 'now'>;
	readonly logger: Logger;
}

/** Of announcements in a row plans the first, and as many of those behind it as can be stored together with it. */
export function planUpdates(deps: Deps, row: readonly PeerCatalogUpdated[]): Plan {
	const updates = row.slice(0, countOfOneChange(row));
	const changes: CatalogChange[] = [];
	for (const update of updates) {
		const peerId = parsePeerId(update.peerId);
		const before = changes.at(-1)?.progress ?? deps.peers.get(peerId).progress;
		const change = planUpdate(deps, peerId, before, update);
		if (change) changes.push(change);
	}
	return { updates, change: join(changes) };
}

/** What takes nothing away may go together, as long as each says something of other offers and all are as one page. */
function countOfOneChange(row: readonly PeerCatalogUpdated[]): number {
	const named = new Set<string>();
	const end = row.findIndex(({ peerId, upserted, removedCatalogIds, isSnapshot, isLast }) => {
		const takesAway = removedCatalogIds.length > 0 || (isSnapshot && isLast);
		const offerIds = upserted.map(({ offer }) => offer?.offerId ?? '');
		const isTooMuch = named.size + offerIds.length > maxOffersPerPage;
		const isOfAnother = peerId !== row[0]?.peerId;
		if (takesAway || isTooMuch || isOfAnother || offerIds.some((id) => named.has(id))) return true;
		for (const id of offerIds) named.add(id);
		return false;
	});
	return end === -1 ? row.length : Math.max(end, 1);
}

function join(changes: readonly CatalogChange[]): CatalogChange | undefined {
	const [first, ...others] = changes;
	const last = others.at(-1);
	if (!first || !last) return first;
	const { progress } = last;
	const upserted = changes.flatMap((change) => change.upserted);
	const aliases = changes.flatMap((change) => change.aliases);
	return { ...first, progress, upserted, aliases };
}

function planUpdate(
	{ catalog, clock, logger }: Deps,
	peerId: PeerId,
	before: CatalogProgress,
	update: PeerCatalogUpdated,
): CatalogChange | undefined {
	const sequence = sequenceOf(update);
	const { isSnapshot, page, isLast } = update;
	const verdict = judgeAnnouncement(before, { sequence, isSnapshot, page, isLast });
	if (verdict.kind === 'ignore') return undefined;
	if (verdict.isGap) logger.warn('a catalog announcement is missing', { peerId, sequence, page });
	return planChange({ catalog, clock }, { peerId, before, sequence, update, ...verdict });
}

function planChange(
	{ catalog, clock }: Pick<Deps, 'catalog' | 'clock'>,
	judged: {
		peerId: PeerId;
		before: CatalogProgress;
		sequence: number;
		update: PeerCatalogUpdated;
		progress: CatalogProgress;
		dropsOlder: boolean;
	},
): CatalogChange {
	const { peerId, before, sequence, update, progress, dropsOlder } = judged;
	const known = catalog.offersOf(peerId);
	const nowMs = Math.trunc(clock.now());
	const upserted = update.upserted.map(({ catalogId, offer }): StoredOffer => {
		if (!offer) throw new GiggityflixError('invalid-argument', 'an assignment without an offer');
		const offerId = parseOfferId(offer.offerId);
		const addedAtMs = known.get(offerId)?.addedAtMs ?? nowMs;
		return { peerId, offerId, catalogId: parseCatalogId(catalogId), sequence, addedAtMs, offer };
	});
	const removedIds = new Set(
		update.removedCatalogIds.map((id) => catalog.resolve(parseCatalogId(id))),
	);
	const isKept = new Set(upserted.map(({ offerId }) => offerId));
	const isGone = (offer: StoredOffer) =>
		removedIds.has(catalog.resolve(offer.catalogId)) || (dropsOlder && offer.sequence < sequence);
	// Most updates take nothing away, and what a peer has need not be gone through for each.
	const mayBeGone = dropsOlder || removedIds.size > 0 ? [...known.values()] : [];
	const removed = mayBeGone
		.filter((offer) => !isKept.has(offer.offerId) && isGone(offer))
		.map(({ offerId }) => offerId);
	const aliases = upserted.flatMap((offer) => aliasesOf(offer, known));
	return { peerId, before, progress, upserted, removed, aliases };
}

/**
 * An offer under another id than before, or than its own, was remapped: the ids it had lead to the one it has,
 * so that links that were sent keep working.
 */
function aliasesOf(offer: StoredOffer, known: ReadonlyMap<OfferId, StoredOffer>): StoredAlias[] {
	const { offerId, catalogId } = offer;
	const former = new Set([ownIdOf(offer)]);
	const before = known.get(offerId);
	if (before) former.add(before.catalogId);
	former.delete(catalogId);
	return Array.from(former, (alias) => ({ alias, catalogId }));
}

function sequenceOf({ catalogSequence }: PeerCatalogUpdated): number {
	const sequence = Number(catalogSequence);
	if (sequence > 0 && Number.isSafeInteger(sequence)) return sequence;
	throw new GiggityflixError('invalid-argument', 'a catalog sequence out of range');
}
