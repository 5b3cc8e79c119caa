// A directory of private storage in memory, as far as the adapters use one. Writes can be made to fail.

import type { StorageDirectory, StorageFile } from '../../../web/lib/browser/opfs-piece-shelves.ts';

export interface MemoryDirectory extends StorageDirectory {
	/** Of all files below. */
	readonly files: Map<string, Uint8Array>;
}

/** `mayWrite` is asked before a file is put in place. */
export function createMemoryDirectory(
	mayWrite: () => boolean = () => true,
	files = new Map<string, Uint8Array>(),
	path = '',
): MemoryDirectory {
	const below = () => [...files.keys()].filter((name) => name.startsWith(path));
	const names = () => new Set(below().map((name) => name.slice(path.length).split('/')[0] ?? ''));
	const inside = (name: string) => createMemoryDirectory(mayWrite, files, `${path}${name}/`);
	const fileHandle = (full: string): StorageFile => ({
		kind: 'file',
		getFile: async () => new Blob([new Uint8Array(files.get(full) ?? [])]),
		createWritable: async () => {
			let written = new Uint8Array();
			return {
				write: async (bytes: Uint8Array) => void (written = bytes.slice()),
				close: async () => {
					if (!mayWrite()) throw new DOMException('full', 'QuotaExceededError');
					files.set(full, written);
				},
			};
		},
	});
	return {
		kind: 'directory',
		files,
		getDirectoryHandle: async (name) => inside(name),
		getFileHandle: async (name, options) => {
			if (!files.has(path + name)) {
				if (!options?.create) throw new DOMException('no such file', 'NotFoundError');
				files.set(path + name, new Uint8Array());
			}
			return fileHandle(path + name);
		},
		removeEntry: async (name) => {
			for (const full of below()) {
				if (full === path + name || full.startsWith(`${path}${name}/`)) files.delete(full);
			}
		},
		keys: async function* () {
			yield* names();
		},
		entries: async function* () {
			for (const name of names())
				yield [name, files.has(path + name) ? fileHandle(path + name) : inside(name)];
		},
	};
}
