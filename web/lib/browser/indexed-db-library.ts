// The peer's own database in IndexedDB: identity, folders, items, posters, info dictionaries and how far files
// are hashed, one object store each.
// A call is one transaction, so a change is there as a whole or not at all. Replaceable by anything that
// passes the LibraryStore contract. Knows nothing of what the records mean.
import type { DBSchema, IDBPDatabase } from 'idb';
import type { FolderRecord, LibraryItem, PeerRecord } from '../../../peer/library/library-item.ts';
import type { HashCheckpoints, LibraryStore, StoredCheckpoint } from '../../../peer/ports.ts';
import { createDatabase, type Database } from './indexed-db.ts';

interface LibrarySchema extends DBSchema {
	/** One record, under `peerKey`. */
	peer: { key: string; value: PeerRecord };
	folders: { key: string; value: FolderRecord };
	items: { key: string; value: LibraryItem; indexes: { byFolder: string } };
	posters: { key: string; value: Uint8Array };
	/** Bencoded, by offer id. */
	infoDictionaries: { key: string; value: Uint8Array };
	/** By offer id. */
	hashCheckpoints: { key: string; value: StoredCheckpoint };
}

const peerKey = 'peer';
/** What belongs to one item and goes with it. */
const storesOfItem = ['items', 'posters', 'infoDictionaries', 'hashCheckpoints'] as const;

/** Opens lazily; two stores of one name in one browser see the same records. */
export function indexedDbLibrary(name = 'giggityflix-library'): LibraryStore & HashCheckpoints {
	const database = createDatabase<LibrarySchema>({
		name,
		version: 3,
		upgrade,
	});

	return {
		loadPeer: () => database.run((db) => db.get('peer', peerKey)),
		savePeer: (record) =>
			database.run(async (db) => {
				// The phrase is the peer; it must outlast a power cut, not only the browser.
				const transaction = db.transaction('peer', 'readwrite', { durability: 'strict' });
				await Promise.all([transaction.store.put(record, peerKey), transaction.done]);
			}),
		loadFolders: () => database.run((db) => db.getAll('folders')),
		saveFolder: async (folder) => {
			await database.run((db) => db.put('folders', folder));
		},
		loadItems: () => database.run((db) => db.getAll('items')),
		loadPoster: (offerId) => database.run((db) => loadBytes(db, 'posters', offerId)),
		savePoster: async (offerId, image) => {
			await database.run((db) => db.put('posters', image, offerId));
		},
		loadInfoDictionary: (offerId) =>
			database.run((db) => loadBytes(db, 'infoDictionaries', offerId)),
		saveInfoDictionary: async (offerId, infoDictionary) => {
			await database.run((db) => db.put('infoDictionaries', infoDictionary, offerId));
		},
		...checkpointsIn(database),

		deleteFolder: (folderId) =>
			database.run(async (db) => {
				const transaction = db.transaction(['folders', ...storesOfItem], 'readwrite');
				const offerIds = await transaction
					.objectStore('items')
					.index('byFolder')
					.getAllKeys(folderId);
				await Promise.all([
					transaction.objectStore('folders').delete(folderId),
					...storesOfItem.flatMap((store) =>
						offerIds.map((offerId) => transaction.objectStore(store).delete(offerId)),
					),
					transaction.done,
				]);
			}),

		changeItems: ({ saved, deletedOfferIds }) =>
			database.run(async (db) => {
				const transaction = db.transaction(storesOfItem, 'readwrite');
				const items = transaction.objectStore('items');
				await Promise.all([
					...saved.map((item) => items.put(item)),
					...storesOfItem.flatMap((store) =>
						deletedOfferIds.map((offerId) => transaction.objectStore(store).delete(offerId)),
					),
					transaction.done,
				]);
			}),

		close: () => database.close(),
	};
}

function checkpointsIn(database: Database<LibrarySchema>): HashCheckpoints {
	return {
		loadCheckpoint: (offerId) => database.run((db) => db.get('hashCheckpoints', offerId)),
		saveCheckpoint: async (offerId, checkpoint) => {
			await database.run((db) => db.put('hashCheckpoints', checkpoint, offerId));
		},
		deleteCheckpoint: (offerId) => database.run((db) => db.delete('hashCheckpoints', offerId)),
	};
}

async function loadBytes(
	database: IDBPDatabase<LibrarySchema>,
	store: 'posters' | 'infoDictionaries',
	offerId: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
	const bytes = await database.get(store, offerId);
	return bytes === undefined ? undefined : new Uint8Array(bytes);
}

/** Never change a step that was released: a browser may come back from any version. */
function upgrade(database: IDBPDatabase<LibrarySchema>, fromVersion: number): void {
	if (fromVersion < 1) {
		database.createObjectStore('peer');
		database.createObjectStore('folders', { keyPath: 'folderId' });
		database.createObjectStore('items', { keyPath: 'offerId' }).createIndex('byFolder', 'folderId');
		database.createObjectStore('posters');
	}
	if (fromVersion < 2) database.createObjectStore('infoDictionaries');
	if (fromVersion < 3) database.createObjectStore('hashCheckpoints');
}
