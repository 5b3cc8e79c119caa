// A folder that was dropped in a browser without directory handles, behind the older
// FileSystemDirectoryEntry (https://wicg.github.io/entries-api/). It can be looked through again as long
// as the page lives, is gone after that, and deletes nothing.
import type { FolderSource } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { openBrowserFile } from './browser-file.ts';
import { walkTree, type TreeNode } from './walk-tree.ts';

interface EntryNode extends TreeNode {
	readonly entry: FileSystemEntry;
}

export function droppedEntryFolder(directory: FileSystemDirectoryEntry): FolderSource {
	return {
		name: directory.name,
		access: async () => 'granted',
		list: ({ isWanted, signal }) =>
			walkTree({
				root: nodeOf(directory),
				readDirectory: (node) => entriesOf(node.entry as FileSystemDirectoryEntry),
				readFile: (node) => fileOfEntry(node.entry as FileSystemFileEntry),
				isWanted,
				signal,
			}),
		open: async (path) => {
			const read = async () => fileOfEntry(await fileEntryAt(directory, path));
			const file = await read().catch((caught: unknown) => {
				throw GiggityflixError.from(caught);
			});
			return openBrowserFile(file, read);
		},
		delete: async () => {
			throw new GiggityflixError('permission-denied', 'this browser gave read access only');
		},
	};
}

/** The file of an entry, as a promise. */
export function fileOfEntry(entry: FileSystemFileEntry): Promise<File> {
	return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** Reads until a batch is empty: `readEntries` gives at most 100 at a time in Chromium. */
async function* entriesOf(directory: FileSystemDirectoryEntry): AsyncGenerator<EntryNode> {
	const reader = directory.createReader();
	for (;;) {
		const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
			reader.readEntries(resolve, reject),
		);
		if (batch.length === 0) return;
		for (const entry of batch) yield nodeOf(entry);
	}
}

function fileEntryAt(
	directory: FileSystemDirectoryEntry,
	path: string,
): Promise<FileSystemFileEntry> {
	return new Promise((resolve, reject) =>
		directory.getFile(path, undefined, (entry) => resolve(entry as FileSystemFileEntry), reject),
	);
}

function nodeOf(entry: FileSystemEntry): EntryNode {
	return { kind: entry.isDirectory ? 'directory' : 'file', name: entry.name, entry };
}
