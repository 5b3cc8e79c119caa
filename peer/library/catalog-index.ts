// Finds items by catalog id: the current one, an older one, or the one the edge will give. Built when first
// asked after a change of the items.
import { deriveCatalogId, type CatalogId, type OfferId, type PeerId } from '../../proto/ids.ts';
import type { LibraryItem } from './library-item.ts';

export interface CatalogIndex {
	/** The items have changed. */
	reset(): void;
	/** `peerId`: whose items they are, for those the edge has not named yet, such as private ones. */
	find(catalogId: CatalogId, peerId: PeerId | undefined): LibraryItem | undefined;
}

export function createCatalogIndex(items: () => Iterable<LibraryItem>): CatalogIndex {
	let byCatalogId: Map<CatalogId, LibraryItem> | undefined;
	/** Deriving takes a hash; an offer id never changes, so it is done once. */
	const derived = new Map<string, CatalogId>();

	function build(): Map<CatalogId, LibraryItem> {
		const named = new Map<CatalogId, LibraryItem>();
		for (const item of items()) {
			for (const alias of item.aliasCatalogIds ?? []) named.set(alias, item);
		}
		// A current id counts more than somebody's old one.
		for (const item of items()) {
			if (item.catalogId) named.set(item.catalogId, item);
		}
		return named;
	}

	function derivedId(peerId: PeerId, offerId: OfferId): CatalogId {
		const key = `${peerId}/${offerId}`;
		const id = derived.get(key) ?? deriveCatalogId(peerId, offerId);
		derived.set(key, id);
		return id;
	}

	return {
		reset() {
			byCatalogId = undefined;
		},
		find(catalogId, peerId) {
			byCatalogId ??= build();
			const named = byCatalogId.get(catalogId);
			if (named || !peerId) return named;
			for (const item of items()) {
				if (!item.catalogId && derivedId(peerId, item.offerId) === catalogId) return item;
			}
			return undefined;
		},
	};
}
