// Saves that have not ended, in IndexedDB beside the handles of their files, so that a reload can go on with them. A
// database of its own: a browser that cannot store handles keeps its library all the same.
import type { DBSchema } from 'idb';
import type { SaveRecord, SaveStore } from '../../../peer/saves/save-ports.ts';
import { fileHandlePart, isFileHandlePart } from './file-handle-part.ts';
import { createDatabase } from './indexed-db.ts';

interface SavesSchema extends DBSchema {
	saves: {
		key: string;
		value: { readonly record: SaveRecord; readonly handle: FileSystemFileHandle | undefined };
	};
}

/** Opens lazily. */
export function indexedDbSaves(name = 'giggityflix-saves'): SaveStore {
	const database = createDatabase<SavesSchema>({
		name,
		version: 1,
		upgrade: (upgrading, fromVersion) => {
			if (fromVersion < 1) upgrading.createObjectStore('saves');
		},
	});
	return {
		async list() {
			const stored = await database.run((db) => db.getAll('saves'));
			return stored
				.map(({ record, handle }) => ({ record, part: handle && fileHandlePart(handle) }))
				.sort((one, other) => one.record.startedAtMs - other.record.startedAtMs);
		},
		async put(record, part) {
			const handle = part && isFileHandlePart(part) ? part.handle : undefined;
			await database.run((db) => db.put('saves', { record, handle }, record.saveId));
		},
		async remove(saveId) {
			await database.run((db) => db.delete('saves', saveId));
		},
	};
}
