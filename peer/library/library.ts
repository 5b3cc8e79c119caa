// What this peer owns, in memory, in step with the LibraryStore: folders are written at once, items in
// batches behind the scenes. Rule: memory is the truth while the peer runs; a store that fails is tried again
// and nothing is forgotten. Knows nothing of scanning or announcing.
import { createListeners } from '../listeners.ts';
import type { CatalogId, OfferId, PeerId } from '../../proto/ids.ts';
import type { GiggityflixError } from '../../proto/errors.ts';
import type { Clock, LibraryStore } from '../ports.ts';
import { createCatalogIndex } from './catalog-index.ts';
import type { FolderId, FolderRecord, LibraryItem, Sharing } from './library-item.ts';
import { createStoreBatches } from './store-batches.ts';

export interface LibraryChanges {
	readonly saved: readonly LibraryItem[];
	readonly deletedOfferIds: readonly OfferId[];
}

export interface Library extends LibraryView, LibraryWrites {
	/** Reads everything that is stored. Throws what the store throws; the library is then empty and works. */
	load(): Promise<void>;
	onChange(listener: () => void): () => void;
}

interface LibraryView {
	/** Rises with every change of items. */
	version(): number;
	/** In the order they were added. */
	folders(): readonly FolderRecord[];
	folder(folderId: FolderId): FolderRecord | undefined;
	/** Items people see: without those they took out. The same array until something changes. */
	items(): readonly LibraryItem[];
	/** Those taken out as well. */
	allItems(): Iterable<LibraryItem>;
	item(offerId: string): LibraryItem | undefined;
	/** By its id, an older id, or the id it will get from the edge of `peerId`. */
	itemByCatalogId(catalogId: CatalogId, peerId: PeerId | undefined): LibraryItem | undefined;
	/** The item's own choice, else its folder's. */
	sharingOf(item: LibraryItem): Sharing;
}

interface LibraryWrites {
	/** Resolves when it is stored, or when that failed and was told: the change stands and is written later. */
	saveFolder(folder: FolderRecord): Promise<void>;
	/** Throws what the store throws; the folder is gone from memory all the same. */
	removeFolder(folderId: FolderId): Promise<void>;
	/** Takes effect at once and is written with the next batch. */
	change(changes: LibraryChanges): void;
	/** As `change` for one item, which may have gone in the meantime. */
	update(offerId: OfferId, revise: (item: LibraryItem) => LibraryItem): void;
	/** Resolves when everything changed so far is stored. Throws what the store throws. */
	flush(): Promise<void>;
}

export interface LibraryDependencies {
	readonly store: LibraryStore;
	readonly clock: Clock;
	/** Hears `undefined` when the store works again. */
	readonly onStoreTrouble: (error: GiggityflixError | undefined) => void;
	/** Ends the batches; what is not flushed by then is lost. */
	readonly signal: AbortSignal;
}

interface Shelves {
	readonly folders: Map<FolderId, FolderRecord>;
	readonly items: Map<OfferId, LibraryItem>;
	version: number;
	/** Made when asked for. */
	visible: readonly LibraryItem[] | undefined;
}

/** Makes an empty library; `load` fills it. */
export function createLibrary(deps: LibraryDependencies): Library {
	const { store } = deps;
	const shelves: Shelves = { folders: new Map(), items: new Map(), version: 0, visible: undefined };
	const index = createCatalogIndex(() => shelves.items.values());
	const listeners = createListeners();

	function changed(): void {
		shelves.version += 1;
		shelves.visible = undefined;
		index.reset();
		listeners.tell();
	}

	return {
		...viewOf(shelves),
		...writesOf(deps, shelves, changed),
		itemByCatalogId: (catalogId, peerId) => index.find(catalogId, peerId),
		async load() {
			const [folders, items] = await Promise.all([store.loadFolders(), store.loadItems()]);
			for (const folder of folders) shelves.folders.set(folder.folderId, folder);
			for (const item of items) shelves.items.set(item.offerId, item);
			changed();
		},
		onChange: listeners.add,
	};
}

function viewOf(shelves: Shelves): Omit<LibraryView, 'itemByCatalogId'> {
	const { folders, items } = shelves;
	return {
		version: () => shelves.version,
		folders: () => [...folders.values()].sort((one, other) => one.addedAtMs - other.addedAtMs),
		folder: (folderId) => folders.get(folderId),
		items: () =>
			(shelves.visible ??= [...items.values()].filter(
				({ removedAtMs }) => removedAtMs === undefined,
			)),
		allItems: () => items.values(),
		item: (offerId) => items.get(offerId as OfferId),
		sharingOf: (item) => item.sharing ?? folders.get(item.folderId)?.sharing ?? 'private',
	};
}

function writesOf(deps: LibraryDependencies, shelves: Shelves, changed: () => void): LibraryWrites {
	const { folders, items } = shelves;
	const batches = createStoreBatches({
		...deps,
		item: (offerId) => items.get(offerId),
		folder: (folderId) => folders.get(folderId),
	});

	function change({ saved, deletedOfferIds }: LibraryChanges): void {
		if (saved.length === 0 && deletedOfferIds.length === 0) return;
		for (const item of saved) {
			items.set(item.offerId, item);
			batches.addItem(item.offerId);
		}
		for (const offerId of deletedOfferIds) {
			items.delete(offerId);
			batches.addItem(offerId);
		}
		changed();
	}

	return {
		change,
		async saveFolder(folder) {
			folders.set(folder.folderId, folder);
			changed();
			await batches.saveFolder(folder.folderId);
		},
		async removeFolder(folderId) {
			folders.delete(folderId);
			for (const item of items.values()) {
				if (item.folderId !== folderId) continue;
				items.delete(item.offerId);
				batches.forgetItem(item.offerId);
			}
			changed();
			// A batch on its way may still hold items of the folder; it must not bring them back.
			await batches.settled();
			await deps.store.deleteFolder(folderId);
		},
		update(offerId, revise) {
			const item = items.get(offerId);
			if (!item) return;
			const revised = revise(item);
			if (revised !== item) change({ saved: [revised], deletedOfferIds: [] });
		},
		flush: () => batches.flush(),
	};
}
