// What a person does to single items of the library. Verbs for folders are in folders.ts.
import { GiggityflixError } from '../../proto/errors.ts';
import type { OfferId } from '../../proto/ids.ts';
import type { Clock } from '../ports.ts';
import type { LibraryItem, Sharing } from './library-item.ts';
import type { Library } from './library.ts';
import { without } from './without.ts';

/** Sets who may find one item; `undefined` returns to the folder's choice. Resolves when stored. */
export async function setItemSharing(
	library: Library,
	offerId: OfferId,
	sharing: Sharing | undefined,
): Promise<void> {
	requireItem(library, offerId);
	library.update(offerId, (item) => ({ ...without(item, 'sharing'), ...(sharing && { sharing }) }));
	await library.flush();
}

/** Takes an item out. Its record stays, hidden, so that the next scan knows it was taken out. Resolves when stored. */
export async function removeItem(library: Library, clock: Clock, offerId: OfferId): Promise<void> {
	requireItem(library, offerId);
	library.update(offerId, (item) => ({ ...item, removedAtMs: clock.now() }));
	await library.flush();
}

/** Forgets everything an edge has said, for a peer that becomes another one. */
export function forgetCatalogIds(library: Library): void {
	const saved = [...library.allItems()].map((item) =>
		without(item, 'catalogId', 'aliasCatalogIds', 'storedPosterId'),
	);
	library.change({ saved, deletedOfferIds: [] });
}

function requireItem(library: Library, offerId: OfferId): LibraryItem {
	const item = library.item(offerId);
	if (!item) throw new GiggityflixError('not-found', 'the library has no such item');
	return item;
}
