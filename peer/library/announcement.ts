// The arithmetic of announcing: what differs between two states of the catalog, and how offers are cut into
// pages that fit a frame. Pure.
import type { OfferId } from '../../proto/ids.ts';
import type { Offers } from './offers.ts';
import type { PreparedOffer } from './offer-of-item.ts';

/** Fingerprints of announced offers. */
export type Announced = ReadonlyMap<OfferId, string>;

export interface CatalogChange {
	readonly upserted: readonly PreparedOffer[];
	readonly removedOfferIds: readonly OfferId[];
}

/** Tag, length and repeated-field overhead of one offer, generously. */
const overheadPerOfferBytes = 8;
/** Of a frame; the rest is for the message around the offers. */
const usableShareOfFrame = 0.9;

/** What to tell somebody who knows `announced`. */
function changeBetween(announced: Announced, offers: Offers): CatalogChange {
	const upserted: PreparedOffer[] = [];
	for (const [offerId, offer] of offers) {
		if (announced.get(offerId) !== offer.fingerprint) upserted.push(offer);
	}
	const removedOfferIds = [...announced.keys()].filter((offerId) => !offers.has(offerId));
	return { upserted, removedOfferIds };
}

/** Cuts offers into pages by count and by size on the wire; one empty page when there are none. */
export function pagesOf(
	offers: Iterable<PreparedOffer>,
	limits: { readonly maxOffersPerPage: number; readonly maxFrameBytes: number },
): PreparedOffer[][] {
	const maxPageBytes = limits.maxFrameBytes * usableShareOfFrame;
	const pages: PreparedOffer[][] = [];
	let page: PreparedOffer[] = [];
	let pageBytes = 0;
	for (const offer of offers) {
		const offerBytes = offer.sizeOnWireBytes + overheadPerOfferBytes;
		const isFull = page.length >= limits.maxOffersPerPage || pageBytes + offerBytes > maxPageBytes;
		if (page.length > 0 && isFull) {
			pages.push(page);
			page = [];
			pageBytes = 0;
		}
		page.push(offer);
		pageBytes += offerBytes;
	}
	pages.push(page);
	return pages;
}

/**
 * The first delta of a change: one page of offers and as many removals, nothing twice. What is left shows up
 * in the next comparison.
 */
function firstDelta(
	change: CatalogChange,
	limits: { readonly maxOffersPerPage: number; readonly maxFrameBytes: number },
): CatalogChange {
	const removedOfferIds = change.removedOfferIds.slice(0, limits.maxOffersPerPage);
	const removedBytes = removedOfferIds.length * 32;
	const [upserted = []] = pagesOf(change.upserted, {
		maxOffersPerPage: limits.maxOffersPerPage,
		maxFrameBytes: limits.maxFrameBytes - removedBytes,
	});
	return { upserted, removedOfferIds };
}

export type Plan =
	| { readonly kind: 'nothing' }
	| { readonly kind: 'snapshot' }
	| { readonly kind: 'delta'; readonly delta: CatalogChange; readonly after: Announced };

/** What to say next to an edge that has `known`; a snapshot when that is unknown, or the shorter way to say it. */
export function planAnnouncement(
	known: Announced | undefined,
	offers: Offers,
	limits: { readonly maxOffersPerPage: number; readonly maxFrameBytes: number },
): Plan {
	if (!known) return { kind: 'snapshot' };
	const change = changeBetween(known, offers);
	const changedCount = change.upserted.length + change.removedOfferIds.length;
	if (changedCount === 0) return { kind: 'nothing' };
	if (changedCount > 4 * limits.maxOffersPerPage && changedCount * 2 > offers.size) {
		return { kind: 'snapshot' };
	}
	const delta = firstDelta(change, limits);
	return { kind: 'delta', delta, after: withDelta(known, delta) };
}

/** What identifies each offer and its state. */
export function fingerprintsOf(offers: Offers): Map<OfferId, string> {
	return new Map([...offers].map(([offerId, { fingerprint }]) => [offerId, fingerprint]));
}

function withDelta(announced: Announced, delta: CatalogChange): Announced {
	const after = new Map(announced);
	for (const { offer, fingerprint } of delta.upserted) {
		after.set(offer.offerId as OfferId, fingerprint);
	}
	for (const offerId of delta.removedOfferIds) after.delete(offerId);
	return after;
}
