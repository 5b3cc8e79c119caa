// Which directory on the disk each folder of the library is, kept in the peer's database. Knows nothing of
// which directories are configured; media-folders.ts keeps the two in step.
import type { Database } from 'better-sqlite3';
import { GiggityflixError } from '../../proto/errors.ts';
import type { FolderSources } from '../ports.ts';
import { directoryOf, diskFolder } from './disk-folder.ts';
import { translated } from './sqlite-database.ts';

export function sqliteFolderSources(database: Database): FolderSources {
	const find = database.prepare('SELECT path FROM directories WHERE folder_id = ?').pluck();
	const save = database.prepare(
		'INSERT OR REPLACE INTO directories (folder_id, path) VALUES (?, ?)',
	);
	const drop = database.prepare('DELETE FROM directories WHERE folder_id = ?');
	return {
		get: async (folderId) => {
			const path = translated(() => find.get(folderId)) as string | undefined;
			return path === undefined ? undefined : diskFolder(path);
		},
		put: async (folderId, source) => {
			const directory = directoryOf(source);
			if (directory === undefined) {
				throw new GiggityflixError('unsupported', 'only directories of this disk can be kept');
			}
			translated(() => save.run(folderId, directory));
		},
		delete: async (folderId) => void translated(() => drop.run(folderId)),
		isSame: async (one, other) => {
			const directory = directoryOf(one);
			return directory !== undefined && directory === directoryOf(other);
		},
	};
}
