// Which entries have the same content and should be one, and which have ceased to. Rule: an entry of several
// owners holds public offers that agree in media id, pieces and size, and nothing else. A link-only offer always stands
// alone: its id is its secret, and to merge it would tell the friends of one owner of another. Pure.
import { Visibility } from '../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId } from '../proto/ids.ts';
import type { Catalog, Entry } from './catalog.ts';
import { ownIdOf } from './own-ids.ts';
import type { StoredAlias, StoredOffer } from './store/tracker-store.ts';

type View = Pick<Catalog, 'entry' | 'offersOfContent' | 'resolve'>;

/** Of SHA-256. */
const digestBytes = 32;

/**
 * Equal for offers that may share an entry; `undefined` for one that may not. The pieces id is part of it, so that
 * whatever an owner of an entry serves can be held to what all of them have said.
 */
export function contentKeyOf({ offer }: StoredOffer): string | undefined {
	const { visibility, mediaId, piecesId, sizeBytes } = offer;
	if (visibility !== Visibility.PUBLIC) return undefined;
	if (mediaId?.length !== digestBytes || piecesId?.length !== digestBytes) return undefined;
	return `${Buffer.from(mediaId).toString('hex')}:${Buffer.from(piecesId).toString('hex')}:${sizeBytes}`;
}

/** Ids to be no longer aliases, because the file behind them is not the one of the entry they lead to. */
export function planSplits(catalog: View, catalogIds: Iterable<CatalogId>): CatalogId[] {
	const freed: CatalogId[] = [];
	for (const entry of entriesAt(catalog, catalogIds)) {
		// Offers an edge has put under an id of its own choice are not the tracker's to move.
		if (entry.offers.length < 2 || !entry.offers.every(isUnderOwnId)) continue;
		const kept = contentThatStays(entry);
		for (const offer of entry.offers) {
			if (offer === kept || (kept && isSameContent(offer, kept))) continue;
			freed.push(ownIdOf(offer));
		}
	}
	return freed;
}

/** Aliases that make entries of the same content one, under the id of the oldest. */
export function planMerges(catalog: View, catalogIds: Iterable<CatalogId>): StoredAlias[] {
	const aliases = new Map<CatalogId, StoredAlias>();
	for (const { offers } of entriesAt(catalog, catalogIds)) {
		for (const offer of offers) {
			const same = catalog.offersOfContent(offer).filter(isUnderOwnId);
			const ids = new Set(same.map(({ catalogId }) => catalog.resolve(catalogId)));
			if (ids.size < 2) continue;
			const entries = [...entriesAt(catalog, ids)].sort(byAge);
			const [oldest, ...younger] = entries;
			for (const { catalogId } of younger) {
				if (oldest) aliases.set(catalogId, { alias: catalogId, catalogId: oldest.catalogId });
			}
		}
	}
	return [...aliases.values()];
}

/**
 * The offer whose content an entry stands for: that of the owner the id comes from. When that one has gone, a hashed
 * file before one that has just changed, then the oldest.
 */
function contentThatStays({ catalogId, offers }: Entry): StoredOffer | undefined {
	const byOwner = offers.find((offer) => ownIdOf(offer) === catalogId);
	const oldestFirst = offers.toSorted((one, other) => one.addedAtMs - other.addedAtMs);
	return byOwner ?? oldestFirst.find(contentKeyOf) ?? oldestFirst[0];
}

function isSameContent(one: StoredOffer, other: StoredOffer): boolean {
	const key = contentKeyOf(one);
	return key !== undefined && key === contentKeyOf(other);
}

function isUnderOwnId(offer: StoredOffer): boolean {
	return offer.catalogId === ownIdOf(offer);
}

function* entriesAt(catalog: View, catalogIds: Iterable<CatalogId>): Iterable<Entry> {
	for (const catalogId of new Set(catalogIds)) {
		const entry = catalog.entry(catalogId);
		if (entry?.catalogId === catalogId) yield entry;
	}
}

/** By the first of their offers that is still there; of the same age by id, so that every tracker agrees. */
function byAge(one: Entry, other: Entry): number {
	const ageDifference = addedAtMsOf(one) - addedAtMsOf(other);
	return ageDifference || (one.catalogId < other.catalogId ? -1 : 1);
}

function addedAtMsOf({ offers }: Entry): number {
	return Math.min(...offers.map(({ addedAtMs }) => addedAtMs));
}
