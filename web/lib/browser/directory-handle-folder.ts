// A folder behind a FileSystemDirectoryHandle: the one kind that can be kept between visits and that
// sees files which came later. Every look goes to the disk; nothing is cached. Replaceable, where the
// browser has no such handles, by the folders of file-list-folder.ts and dropped-entry-folder.ts.
import type { FolderAccess, FolderSource } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { openBrowserFile } from './browser-file.ts';
import { isDirectoryHandle, isFileHandle } from './file-system-access.ts';
import { walkTree } from './walk-tree.ts';

export interface DirectoryHandleFolder extends FolderSource {
	/** Kept in IndexedDB and compared by the folder sources. */
	readonly handle: FileSystemDirectoryHandle;
	/** Asks the person to allow reading again. The browser shows its question only during a click. */
	requestAccess(): Promise<FolderAccess>;
}

export function directoryHandleFolder(handle: FileSystemDirectoryHandle): DirectoryHandleFolder {
	return {
		name: handle.name,
		handle,
		access: async () => accessOf(await handle.queryPermission?.({ mode: 'read' })),
		requestAccess: async () => accessOf(await handle.requestPermission?.({ mode: 'read' })),
		list: ({ isWanted, signal }) =>
			walkTree<FileSystemHandle>({
				root: handle,
				readDirectory: (node) => (isDirectoryHandle(node) ? node.values() : []),
				readFile: (node) => fileOf(node),
				isWanted,
				signal,
			}),
		open: async (path) => {
			const read = async () => (await fileHandleAt(handle, path)).getFile();
			return openBrowserFile(await read().catch(rethrowTyped), read);
		},
		delete: async (path) => {
			const { directory, name } = await parentOf(handle, path).catch(rethrowTyped);
			await directory.removeEntry(name).catch(rethrowTyped);
		},
	};
}

export function isDirectoryHandleFolder(source: FolderSource): source is DirectoryHandleFolder {
	return 'handle' in source;
}

/** Handles of a browser without permission calls (origin private files, Firefox, Safari) are always readable. */
function accessOf(permission: PermissionState | undefined): FolderAccess {
	return permission === undefined || permission === 'granted' ? 'granted' : 'needs-permission';
}

async function fileOf(node: FileSystemHandle): Promise<File> {
	if (!isFileHandle(node)) throw new GiggityflixError('internal', 'a directory is not a file');
	return node.getFile();
}

async function fileHandleAt(
	root: FileSystemDirectoryHandle,
	path: string,
): Promise<FileSystemFileHandle> {
	const { directory, name } = await parentOf(root, path);
	return directory.getFileHandle(name);
}

async function parentOf(root: FileSystemDirectoryHandle, path: string) {
	const parts = path.split('/');
	const name = parts.pop() ?? '';
	let directory = root;
	for (const part of parts) directory = await directory.getDirectoryHandle(part);
	return { directory, name };
}

function rethrowTyped(caught: unknown): never {
	throw GiggityflixError.from(caught);
}
