// Writes changed records to the LibraryStore, a batch at a time, in order, and again after a failure. Rule: a
// record is read at the moment it is written, so the newest state wins and nothing is written twice.
import { GiggityflixError } from '../../proto/errors.ts';
import type { OfferId } from '../../proto/ids.ts';
import type { Clock, LibraryStore } from '../ports.ts';
import type { FolderId, FolderRecord, LibraryItem } from './library-item.ts';

export interface StoreBatches {
	/** The item has changed or is gone; written with the next batch. */
	addItem(offerId: OfferId): void;
	/** The store will drop the item by itself. */
	forgetItem(offerId: OfferId): void;
	/** Written now. Resolves also when that failed: it is then tried again later. */
	saveFolder(folderId: FolderId): Promise<void>;
	/** Resolves when the batch on its way is over. */
	settled(): Promise<void>;
	/** Writes everything now. Throws what the store throws. */
	flush(): Promise<void>;
}

export interface StoreBatchesDependencies {
	readonly store: LibraryStore;
	readonly clock: Clock;
	/** The record as it is now; `undefined` when it is gone. */
	readonly item: (offerId: OfferId) => LibraryItem | undefined;
	readonly folder: (folderId: FolderId) => FolderRecord | undefined;
	/** Hears `undefined` when the store works again. */
	readonly onStoreTrouble: (error: GiggityflixError | undefined) => void;
	/** Ends the batches; what is not flushed by then is lost. */
	readonly signal: AbortSignal;
}

/** Long enough to gather what a probe, a poster and an answer of the edge change in one item. */
const batchDelayMs = 200;
const retryDelayMs = 5_000;

export function createStoreBatches(deps: StoreBatchesDependencies): StoreBatches {
	const dirty = new Set<OfferId>();
	const dirtyFolders = new Set<FolderId>();
	let writing: Promise<void> = Promise.resolve();
	let isScheduled = false;
	let hasFailed = false;

	/** Writes what is dirty, after the batch before it. */
	function write(): Promise<void> {
		const written = writing.then(async () => {
			try {
				await writeFolders(deps, dirtyFolders);
				await writeItems(deps, dirty);
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
				await deps.clock.sleep(hasFailed ? retryDelayMs : batchDelayMs, deps.signal);
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
		addItem(offerId) {
			dirty.add(offerId);
			void writeSoon();
		},
		forgetItem: (offerId) => void dirty.delete(offerId),
		async saveFolder(folderId) {
			dirtyFolders.add(folderId);
			await write().catch(() => {
				void writeSoon();
			});
		},
		settled: () => writing,
		flush: write,
	};
}

async function writeFolders(
	{ store, folder }: StoreBatchesDependencies,
	dirty: Set<FolderId>,
): Promise<void> {
	for (const folderId of dirty) {
		const record = folder(folderId);
		dirty.delete(folderId);
		try {
			if (record) await store.saveFolder(record);
		} catch (caught) {
			dirty.add(folderId);
			throw caught;
		}
	}
}

async function writeItems(
	{ store, item }: StoreBatchesDependencies,
	dirty: Set<OfferId>,
): Promise<void> {
	const offerIds = [...dirty];
	dirty.clear();
	if (offerIds.length === 0) return;
	try {
		await store.changeItems({
			saved: offerIds.flatMap((offerId) => item(offerId) ?? []),
			deletedOfferIds: offerIds.filter((offerId) => !item(offerId)),
		});
	} catch (caught) {
		for (const offerId of offerIds) dirty.add(offerId);
		throw caught;
	}
}
