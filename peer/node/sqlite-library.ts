// The headless peer's LibraryStore in SQLite: records as JSON, pictures and info dictionaries as blobs. A call
// is one transaction. Replaceable by anything that passes the contract (tests/contract/library-store.ts).
// Knows nothing of what the records mean.
import type { Database, Statement } from 'better-sqlite3';
import type { FolderRecord, LibraryItem, PeerRecord } from '../library/library-item.ts';
import type { LibraryStore } from '../ports.ts';
import { translated } from './sqlite-database.ts';

interface RecordRow {
	readonly record: string;
}

/** On a database of `openPeerDatabase`, which `close` closes. */
export function sqliteLibrary(database: Database): LibraryStore {
	const statements = prepareStatements(database);
	const answer = async <Result>(step: () => Result): Promise<Result> => translated(step);
	/** All of it or nothing. */
	const change = async (step: () => void): Promise<void> =>
		translated(() => database.transaction(step).immediate());
	const deleteItem = (offerId: string) => {
		for (const statement of statements.deleteItem) statement.run(offerId);
	};

	return {
		loadPeer: () => answer(() => readRecords<PeerRecord>(statements.loadPeer)[0]),
		savePeer: (record) => change(() => void statements.savePeer.run(JSON.stringify(record))),
		loadFolders: () => answer(() => readRecords<FolderRecord>(statements.loadFolders)),
		saveFolder: (folder) =>
			change(() => void statements.saveFolder.run(folder.folderId, JSON.stringify(folder))),
		deleteFolder: (folderId) =>
			change(() => {
				const rows = statements.itemsOfFolder.all(folderId) as { offer_id: string }[];
				for (const row of rows) deleteItem(row.offer_id);
				statements.deleteFolder.run(folderId);
			}),
		loadItems: () => answer(() => readRecords<LibraryItem>(statements.loadItems)),
		changeItems: ({ saved, deletedOfferIds }) =>
			change(() => {
				for (const item of saved) {
					statements.saveItem.run(item.offerId, item.folderId, JSON.stringify(item));
				}
				for (const offerId of deletedOfferIds) deleteItem(offerId);
			}),
		loadPoster: (offerId) => answer(() => readBytes(statements.loadPoster, offerId)),
		savePoster: (offerId, image) =>
			change(() => void statements.savePoster.run(offerId, Buffer.from(image))),
		loadInfoDictionary: (offerId) =>
			answer(() => readBytes(statements.loadInfoDictionary, offerId)),
		saveInfoDictionary: (offerId, bytes) =>
			change(() => void statements.saveInfoDictionary.run(offerId, Buffer.from(bytes))),
		close: () => void database.close(),
	};
}

function prepareStatements(database: Database) {
	const put = (table: string, columns: string, values: string) =>
		database.prepare(`INSERT OR REPLACE INTO ${table} (${columns}) VALUES (${values})`);
	return {
		loadPeer: database.prepare('SELECT record FROM peer'),
		savePeer: put('peer', 'only, record', '1, ?'),
		loadFolders: database.prepare('SELECT record FROM folders'),
		saveFolder: put('folders', 'folder_id, record', '?, ?'),
		deleteFolder: database.prepare('DELETE FROM folders WHERE folder_id = ?'),
		loadItems: database.prepare('SELECT record FROM items'),
		itemsOfFolder: database.prepare('SELECT offer_id FROM items WHERE folder_id = ?'),
		saveItem: put('items', 'offer_id, folder_id, record', '?, ?, ?'),
		/** What belongs to an item goes with it. */
		deleteItem: ['items', 'posters', 'info_dictionaries'].map((table) =>
			database.prepare(`DELETE FROM ${table} WHERE offer_id = ?`),
		),
		loadPoster: database.prepare('SELECT image AS bytes FROM posters WHERE offer_id = ?'),
		savePoster: put('posters', 'offer_id, image', '?, ?'),
		loadInfoDictionary: database.prepare('SELECT bytes FROM info_dictionaries WHERE offer_id = ?'),
		saveInfoDictionary: put('info_dictionaries', 'offer_id, bytes', '?, ?'),
	};
}

/** The records were written by this file; nobody else opens the database while it is open. */
function readRecords<Kind>(statement: Statement): Kind[] {
	return (statement.all() as RecordRow[]).map(({ record }) => JSON.parse(record) as Kind);
}

function readBytes(statement: Statement, offerId: string): Uint8Array<ArrayBuffer> | undefined {
	const row = statement.get(offerId) as { readonly bytes: Uint8Array } | undefined;
	return row && new Uint8Array(row.bytes);
}
