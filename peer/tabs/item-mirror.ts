// Keeps two tabs' lists of items the same by sending what differs. Records are never changed in place, so the
// same object means the same content and a comparison is cheap. Pure.
import type { LibraryItem } from '../library/library-item.ts';

export interface ItemChanges {
	readonly saved: readonly LibraryItem[];
	readonly deletedOfferIds: readonly string[];
}

/** What has changed from one list to another. */
export function differenceOfItems(
	before: readonly LibraryItem[],
	after: readonly LibraryItem[],
): ItemChanges {
	if (before === after) return { saved: [], deletedOfferIds: [] };
	const known = new Set(before);
	const kept = new Set(after.map(({ offerId }) => offerId));
	return {
		saved: after.filter((item) => !known.has(item)),
		deletedOfferIds: before.flatMap(({ offerId }) => (kept.has(offerId) ? [] : [offerId])),
	};
}

/** The list with the changes made; items keep their places, new ones come last. */
export function withItemChanges(
	items: readonly LibraryItem[],
	{ saved, deletedOfferIds }: ItemChanges,
): readonly LibraryItem[] {
	const byOfferId = new Map<string, LibraryItem>(items.map((item) => [item.offerId, item]));
	for (const item of saved) byOfferId.set(item.offerId, item);
	for (const offerId of deletedOfferIds) byOfferId.delete(offerId);
	return [...byOfferId.values()];
}
