// A LibraryStore in memory that clones like a database does and can be told to fail.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { FolderRecord, LibraryItem, PeerRecord } from '../../../peer/library/library-item.ts';
import type { HashCheckpoints, LibraryStore, StoredCheckpoint } from '../../../peer/ports.ts';

export interface MemoryLibraryStore extends LibraryStore, HashCheckpoints {
	/** From now on every call throws this; `undefined`: works again. */
	failWith(error: GiggityflixError | undefined): void;
	/** Calls of changeItems so far. */
	writeCount(): number;
}

export function createMemoryLibraryStore(): MemoryLibraryStore {
	let peer: PeerRecord | undefined;
	const folders = new Map<string, FolderRecord>();
	const items = new Map<string, LibraryItem>();
	const posters = new Map<string, Uint8Array<ArrayBuffer>>();
	const infoDictionaries = new Map<string, Uint8Array<ArrayBuffer>>();
	const checkpoints = new Map<string, StoredCheckpoint>();
	let failure: GiggityflixError | undefined;
	let writes = 0;

	/** Answers a turn later, with copies. */
	async function answer<Result>(act: () => Result): Promise<Result> {
		await Promise.resolve();
		if (failure) throw failure;
		return structuredClone(act());
	}

	return {
		failWith: (error) => (failure = error),
		writeCount: () => writes,
		loadPeer: () => answer(() => peer),
		savePeer: (record) => answer(() => void (peer = structuredClone(record))),
		loadFolders: () => answer(() => [...folders.values()]),
		saveFolder: (folder) => answer(() => void folders.set(folder.folderId, folder)),
		deleteFolder: (folderId) =>
			answer(() => {
				folders.delete(folderId);
				for (const item of items.values()) {
					if (item.folderId !== folderId) continue;
					items.delete(item.offerId);
					posters.delete(item.offerId);
					infoDictionaries.delete(item.offerId);
					checkpoints.delete(item.offerId);
				}
			}),
		loadItems: () => answer(() => [...items.values()]),
		changeItems: ({ saved, deletedOfferIds }) =>
			answer(() => {
				writes += 1;
				for (const item of saved) items.set(item.offerId, structuredClone(item));
				for (const offerId of deletedOfferIds) {
					items.delete(offerId);
					posters.delete(offerId);
					infoDictionaries.delete(offerId);
					checkpoints.delete(offerId);
				}
			}),
		loadPoster: (offerId) => answer(() => posters.get(offerId)),
		savePoster: (offerId, image) => answer(() => void posters.set(offerId, image.slice())),
		loadInfoDictionary: (offerId) => answer(() => infoDictionaries.get(offerId)),
		saveInfoDictionary: (offerId, bytes) =>
			answer(() => void infoDictionaries.set(offerId, bytes.slice())),
		loadCheckpoint: (offerId) => answer(() => checkpoints.get(offerId)),
		saveCheckpoint: (offerId, checkpoint) =>
			answer(() => void checkpoints.set(offerId, structuredClone(checkpoint))),
		deleteCheckpoint: (offerId) => answer(() => void checkpoints.delete(offerId)),
		close: () => undefined,
	};
}
