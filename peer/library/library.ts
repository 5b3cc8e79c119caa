// What this peer owns, in memory, in step with the LibraryStore: folders are written at once, items in
// batches behind the scenes. Rule: what is on the screen is never ahead of what `flush` can write; a store
// that fails is tried again and nothing is forgotten. Knows nothing of scanning or announcing.
import { GiggityflixError } from '../../proto/errors.ts';
import { deriveCatalogId, type CatalogId, type OfferId, type PeerId } from '../../proto/ids.ts';
import type { Clock, LibraryStore } from '../ports.ts';
import type { FolderId, FolderRecord, LibraryItem, Sharing } from './library-item.ts';

export interface LibraryChanges {
	readonly saved: readonly LibraryItem[];
	readonly deletedOfferIds: readonly OfferId[];
}

export interface Library {
	/** Reads everything that is stored. Throws what the store throws; the library is then empty and works. */
	load(): Promise<void>;
	/** Rises with every change of items. */
	version(): number;
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
	/** Resolves when it is stored, or when that failed and was told: the change stands and is written later. */
	saveFolder(folder: FolderRecord): Promise<void>;
	removeFolder(folderId: FolderId): Promise<void>;
	/** Takes effect at once and is written with the next batch. */
	change(changes: LibraryChanges): void;
	/** As `change` for one item, which may have gone in the meantime. */
	update(offerId: OfferId, revise: (item: LibraryItem) => LibraryItem): void;
	/** Resolves when everything changed so far is stored. */
	flush(): Promise<void>;
	onChange(listener: () => void): () => void;
}

/** Long enough to gather what a probe, a poster and an answer of the edge change in one item. */
const batchDelayMs = 200;
const retryDelayMs = 5_000;

/** Makes an empty library; `load` fills it. */
export function createLibrary(deps: {
	store: LibraryStore;
	clock: Clock;
	/** Hears `undefined` when the store works again. */
	onStoreTrouble: (error: GiggityflixError | undefined) => void;
	/** Ends the batches; what is not flushed by then is lost. */
	signal: AbortSignal;
}): Library {
	const { store } = deps;
	const folders = new Map<FolderId, FolderRecord>();
	const items = new Map<OfferId, LibraryItem>();
	const listeners = new Set<() => void>();
	const index = createCatalogIndex(items);
	let version = 0;
	let visible: readonly LibraryItem[] | undefined;
	const batches = createBatches({
		...deps,
		item: (offerId) => items.get(offerId),
		folder: (folderId) => folders.get(folderId),
	});

	function changed(): void {
		version += 1;
		visible = undefined;
		index.reset();
		for (const listener of listeners) listener();
	}

	function change(changes: LibraryChanges): void {
		if (changes.saved.length === 0 && changes.deletedOfferIds.length === 0) return;
		for (const item of changes.saved) {
			items.set(item.offerId, item);
			batches.add(item.offerId);
		}
		for (const offerId of changes.deletedOfferIds) {
			items.delete(offerId);
			batches.add(offerId);
		}
		changed();
	}

	return {
		async load() {
			const [storedFolders, storedItems] = await Promise.all([
				store.loadFolders(),
				store.loadItems(),
			]);
			for (const folder of storedFolders) folders.set(folder.folderId, folder);
			for (const item of storedItems) items.set(item.offerId, item);
			changed();
		},
		version: () => version,
		folders: () => [...folders.values()].sort((one, other) => one.addedAtMs - other.addedAtMs),
		folder: (folderId) => folders.get(folderId),
		items: () =>
			(visible ??= [...items.values()].filter(({ removedAtMs }) => removedAtMs === undefined)),
		allItems: () => items.values(),
		item: (offerId) => items.get(offerId as OfferId),
		itemByCatalogId: index.find,
		sharingOf: (item) => item.sharing ?? folders.get(item.folderId)?.sharing ?? 'private',
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
				batches.forget(item.offerId);
			}
			changed();
			// A batch on its way may still hold items of the folder; it must not bring them back.
			await batches.settled();
			await store.deleteFolder(folderId);
		},
		change,
		update(offerId, revise) {
			const item = items.get(offerId);
			if (item) change({ saved: [revise(item)], deletedOfferIds: [] });
		},
		flush: () => batches.flush(),
		onChange(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
}

/** Finds items by catalog id; built when first asked after a change. */
function createCatalogIndex(items: ReadonlyMap<OfferId, LibraryItem>) {
	let byCatalogId: Map<CatalogId, LibraryItem> | undefined;
	/** Deriving takes a hash; an offer id never changes, so it is done once. */
	const derived = new Map<string, CatalogId>();

	function derivedId(peerId: PeerId, offerId: OfferId): CatalogId {
		const key = `${peerId}/${offerId}`;
		const known = derived.get(key) ?? deriveCatalogId(peerId, offerId);
		derived.set(key, known);
		return known;
	}

	return {
		reset() {
			byCatalogId = undefined;
		},
		find(catalogId: CatalogId, peerId: PeerId | undefined): LibraryItem | undefined {
			if (!byCatalogId) {
				byCatalogId = new Map();
				for (const item of items.values()) {
					for (const alias of item.aliasCatalogIds ?? []) byCatalogId.set(alias, item);
				}
				for (const item of items.values()) {
					if (item.catalogId) byCatalogId.set(item.catalogId, item);
				}
			}
			const announced = byCatalogId.get(catalogId);
			if (announced || !peerId) return announced;
			for (const item of items.values()) {
				if (!item.catalogId && derivedId(peerId, item.offerId) === catalogId) return item;
			}
			return undefined;
		},
	};
}

/** Writes changed items a batch at a time, in order, and again after a failure. */
function createBatches(deps: {
	store: LibraryStore;
	clock: Clock;
	onStoreTrouble: (error: GiggityflixError | undefined) => void;
	signal: AbortSignal;
	/** The item as it is now; `undefined` when it is to be deleted. */
	item: (offerId: OfferId) => LibraryItem | undefined;
	folder: (folderId: FolderId) => FolderRecord | undefined;
}) {
	const { store, clock, signal } = deps;
	const dirty = new Set<OfferId>();
	const dirtyFolders = new Set<FolderId>();
	let writing: Promise<void> = Promise.resolve();
	let isScheduled = false;
	let hasFailed = false;

	async function writeFolders(): Promise<void> {
		for (const folderId of dirtyFolders) {
			const folder = deps.folder(folderId);
			dirtyFolders.delete(folderId);
			try {
				if (folder) await store.saveFolder(folder);
			} catch (caught) {
				dirtyFolders.add(folderId);
				throw caught;
			}
		}
	}

	async function writeItems(): Promise<void> {
		const offerIds = [...dirty];
		dirty.clear();
		if (offerIds.length === 0) return;
		try {
			await store.changeItems({
				saved: offerIds.flatMap((offerId) => deps.item(offerId) ?? []),
				deletedOfferIds: offerIds.filter((offerId) => !deps.item(offerId)),
			});
		} catch (caught) {
			for (const offerId of offerIds) dirty.add(offerId);
			throw caught;
		}
	}

	/** Writes what is dirty after the batch before it. Throws what the store throws and keeps the batch. */
	function write(): Promise<void> {
		const written = writing.then(async () => {
			try {
				await writeFolders();
				await writeItems();
				if (hasFailed) deps.onStoreTrouble(undefined);
				hasFailed = false;
			} catch (caught) {
				hasFailed = true;
				const error = GiggityflixError.from(caught);
				deps.onStoreTrouble(error);
				throw error;
			}
		});
		writing = written.catch(() => undefined);
		return written;
	}

	async function writeSoon(): Promise<void> {
		if (isScheduled) return;
		isScheduled = true;
		try {
			while (dirty.size > 0 || dirtyFolders.size > 0) {
				await clock.sleep(hasFailed ? retryDelayMs : batchDelayMs, signal);
				// The failure is already told and the batch is kept; the loop tries again.
				await write().catch(() => undefined);
			}
		} catch {
			// `sleep` ended because the peer stops; `stop` flushes.
		} finally {
			isScheduled = false;
		}
	}

	return {
		add(offerId: OfferId): void {
			dirty.add(offerId);
			void writeSoon();
		},
		async saveFolder(folderId: FolderId): Promise<void> {
			dirtyFolders.add(folderId);
			await write().catch(() => {
				void writeSoon();
			});
		},
		forget(offerId: OfferId): void {
			dirty.delete(offerId);
		},
		settled: () => writing,
		flush: write,
	};
}
