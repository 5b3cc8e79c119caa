// All offers of the library as they are now: what the announcer keeps the edge in step with. Remembers the
// prepared offer of each record, so that one changed item costs one encoding and not ten thousand.
import type { OfferId } from '../../proto/ids.ts';
import type { Folders } from './folders.ts';
import type { LibraryItem } from './library-item.ts';
import type { Library } from './library.ts';
import { offerOfItem, type PreparedOffer } from './offer-of-item.ts';

export type Offers = ReadonlyMap<OfferId, PreparedOffer>;

/** Returns a function that gives the offers of this moment. */
export function createOffers(library: Library, folders: Pick<Folders, 'access'>): () => Offers {
	const prepared = new WeakMap<LibraryItem, { key: string; offer: PreparedOffer | undefined }>();

	function prepare(item: LibraryItem): PreparedOffer | undefined {
		const name = library.folder(item.folderId)?.name ?? '';
		const sharing = library.sharingOf(item);
		const isReadable = folders.access(item.folderId) === 'granted';
		const key = `${sharing} ${String(isReadable)} ${name}`;
		const known = prepared.get(item);
		if (known?.key === key) return known.offer;
		const offer = offerOfItem(item, { name, sharing, isReadable });
		prepared.set(item, { key, offer });
		return offer;
	}

	return () => {
		const offers = new Map<OfferId, PreparedOffer>();
		for (const item of library.items()) {
			const offer = prepare(item);
			if (offer) offers.set(item.offerId, offer);
		}
		return offers;
	};
}
