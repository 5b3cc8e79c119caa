// Where picked folders are kept: directory handles in IndexedDB, so that they are there after a reload
// and in every tab; folders without a handle in memory, for this visit. Knows nothing of permissions:
// a kept handle may have to be asked for again.
import type { DBSchema } from 'idb';
import type { FolderId } from '../../../peer/library/library-item.ts';
import type { FolderSource, FolderSources } from '../../../peer/ports.ts';
import { directoryHandleFolder, isDirectoryHandleFolder } from './directory-handle-folder.ts';
import { createDatabase } from './indexed-db.ts';

interface FoldersSchema extends DBSchema {
	handles: { key: string; value: FileSystemDirectoryHandle };
}

/** Opens lazily. */
export function indexedDbFolderSources(name = 'giggityflix-folders'): FolderSources {
	const database = createDatabase<FoldersSchema>({
		name,
		version: 1,
		upgrade: (upgrading, fromVersion) => {
			if (fromVersion < 1) upgrading.createObjectStore('handles');
		},
	});
	const ofThisVisit = new Map<FolderId, FolderSource>();

	return {
		get: async (folderId) => {
			const known = ofThisVisit.get(folderId);
			if (known !== undefined) return known;
			const handle = await database.run((db) => db.get('handles', folderId));
			return handle === undefined ? undefined : directoryHandleFolder(handle);
		},
		put: async (folderId, source) => {
			if (isDirectoryHandleFolder(source)) {
				ofThisVisit.delete(folderId);
				await database.run((db) => db.put('handles', source.handle, folderId));
			} else {
				ofThisVisit.set(folderId, source);
				await database.run((db) => db.delete('handles', folderId));
			}
		},
		delete: async (folderId) => {
			ofThisVisit.delete(folderId);
			await database.run((db) => db.delete('handles', folderId));
		},
		isSame: async (one, other) =>
			one === other ||
			(isDirectoryHandleFolder(one) &&
				isDirectoryHandleFolder(other) &&
				(await one.handle.isSameEntry(other.handle))),
	};
}
