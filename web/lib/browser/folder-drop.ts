// Reads folders out of a drop. A DataTransfer is emptied as soon as the drop event returns, so
// everything is taken from it at once and awaited afterwards. Single files of one drop become one
// folder, because the library is made of folders. Knows nothing of drop zones.
import type { FolderSource } from '../../../peer/ports.ts';
import { directoryHandleFolder } from './directory-handle-folder.ts';
import { droppedEntryFolder, fileOfEntry } from './dropped-entry-folder.ts';
import { fileListFolder } from './file-list-folder.ts';
import { isDirectoryHandle, isFileHandle } from './file-system-access.ts';

/** What one dropped thing turned out to be. */
type Dropped = FolderSource | File | undefined;

/** The folders of a drop; empty when nothing in it is a file. Call it before the drop event has returned. */
export async function foldersFromDrop(dataTransfer: DataTransfer): Promise<FolderSource[]> {
	const dropped = await Promise.all(
		[...dataTransfer.items].filter((item) => item.kind === 'file').map(read),
	);
	const folders: FolderSource[] = [];
	const files = new Map<string, File>();
	for (const one of dropped) {
		if (one instanceof File) files.set(one.name, one);
		else if (one !== undefined) folders.push(one);
	}
	if (files.size > 0) folders.push(fileListFolder(nameOf(files), files));
	return folders;
}

/** Runs up to its first await inside the drop event. */
async function read(item: DataTransferItem): Promise<Dropped> {
	const entry = item.webkitGetAsEntry();
	// Refused for folders the browser protects; the older entry then says what it can.
	const handle = await item.getAsFileSystemHandle?.().catch(() => null);
	if (handle) {
		if (isDirectoryHandle(handle)) return directoryHandleFolder(handle);
		return isFileHandle(handle) ? handle.getFile() : undefined;
	}
	if (entry?.isDirectory === true) return droppedEntryFolder(entry as FileSystemDirectoryEntry);
	return entry === null ? undefined : fileOfEntry(entry as FileSystemFileEntry);
}

/** A drop of single files has no name of its own: that of the file, or of the first of several. */
function nameOf(files: ReadonlyMap<string, File>): string {
	const [first = ''] = files.keys();
	return files.size === 1 ? first : `${first} + ${files.size - 1}`;
}
