// A folder as a fixed list of files: what `<input webkitdirectory>` gives, and single files that were
// dropped. It holds for this visit alone, cannot be looked through again for new files, and deletes
// nothing. Where there are directory handles, directory-handle-folder.ts is used instead.
import type { FolderSource, ListedFile } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { openBrowserFile } from './browser-file.ts';

/** A folder of files by their paths relative to it. */
export function fileListFolder(name: string, files: ReadonlyMap<string, File>): FolderSource {
	return {
		name,
		access: async () => 'granted',
		list: async function* ({ isWanted, signal }): AsyncGenerator<ListedFile> {
			for (const [path, file] of files) {
				signal.throwIfAborted();
				if (!isWanted(path)) continue;
				yield { kind: 'file', path, sizeBytes: file.size, modifiedAtMs: file.lastModified };
			}
		},
		open: async (path) => {
			const file = files.get(path);
			if (file === undefined) throw new GiggityflixError('not-found', 'no such file was picked');
			return openBrowserFile(file);
		},
		delete: async () => {
			throw new GiggityflixError('permission-denied', 'this browser gave read access only');
		},
	};
}

/** The folder of an `<input webkitdirectory>`; `undefined` when it was left empty or the folder has no files. */
export function folderOfInput(picked: Iterable<File>): FolderSource | undefined {
	const files = new Map<string, File>();
	let name: string | undefined;
	for (const file of picked) {
		// "Films/2024/a.mp4": the first part is the folder that was picked.
		const slash = file.webkitRelativePath.indexOf('/');
		name ??= file.webkitRelativePath.slice(0, Math.max(slash, 0));
		files.set(file.webkitRelativePath.slice(slash + 1) || file.name, file);
	}
	return name === undefined ? undefined : fileListFolder(name, files);
}
