// Keeps entries of the same content one, and takes them apart when they no longer are: plans, stores, then
// applies, one change at a time. Whoever changed the catalog calls it with the entries that are concerned; running it
// again changes nothing. Does not publish; it only has peers told of their new ids.
import type { CatalogId } from '../proto/ids.ts';
import type { Catalog } from './catalog.ts';
import { planMerges, planSplits } from './content-groups.ts';
import type { RemapCourier } from './remap-courier.ts';
import type { AliasChange, TrackerStore } from './store/tracker-store.ts';

export interface ContentMerger {
	/**
	 * Resolves with these entries and all that were merged into, taken out of or emptied, once that is stored. Rejects
	 * when the store does; what was done by then stays done.
	 */
	settle(catalogIds: Iterable<CatalogId>): Promise<Set<CatalogId>>;
}

interface Deps {
	readonly store: Pick<TrackerStore, 'saveAliases'>;
	readonly catalog: Catalog;
	readonly courier: Pick<RemapCourier, 'tell'>;
	/** When false nothing new is merged; what was merged before still comes apart when it changes. */
	readonly isMerging: boolean;
}

export function createContentMerger({ store, catalog, courier, isMerging }: Deps): ContentMerger {
	let turn: Promise<unknown> = Promise.resolve();

	/** Every round splits or merges something for good, so the loop ends. */
	async function settle(catalogIds: Iterable<CatalogId>): Promise<Set<CatalogId>> {
		const concerned = new Set(catalogIds);
		for (;;) {
			const change = planChange(catalog, concerned, isMerging);
			if (!change) return concerned;
			const before = change.added.flatMap(({ alias }) => catalog.entry(alias)?.offers ?? []);
			await store.saveAliases(change);
			for (const catalogId of catalog.applyAliases(change)) concerned.add(catalogId);
			const freed = change.removed.flatMap((id) => catalog.entry(id)?.offers ?? []);
			for (const { peerId, offerId } of [...before, ...freed]) courier.tell(peerId, offerId);
		}
	}

	return {
		settle(catalogIds) {
			const settled = turn.then(() => settle(catalogIds));
			turn = settled.catch(() => undefined);
			return settled;
		},
	};
}

/** What is not the same comes apart first: merging looks at whole entries. */
function planChange(
	catalog: Catalog,
	catalogIds: Iterable<CatalogId>,
	isMerging: boolean,
): AliasChange | undefined {
	const removed = planSplits(catalog, catalogIds);
	if (removed.length > 0) return { added: [], removed };
	const added = isMerging ? planMerges(catalog, catalogIds) : [];
	return added.length > 0 ? { added, removed: [] } : undefined;
}
