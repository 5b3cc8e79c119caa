// A folder on no disk: files are added, changed and taken away by the test. Keeps to the rules of FolderSource
// and OpenFile, including files that change after they were opened.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { FolderAccess, FolderSource, FolderSources, OpenFile } from '../../../peer/ports.ts';

export interface MemoryFile {
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly modifiedAtMs: number;
}

export interface MemoryFolder extends FolderSource {
	readonly files: Map<string, MemoryFile>;
	/** Paths, of files or directories, that cannot be read. */
	readonly unreadable: Set<string>;
	setAccess(access: FolderAccess): void;
	setReadOnly(isReadOnly: boolean): void;
	write(path: string, text: string, modifiedAtMs?: number): void;
	move(from: string, to: string): void;
}

export function createMemoryFolder(
	name: string,
	contents: Readonly<Record<string, string>> = {},
): MemoryFolder {
	const files = new Map<string, MemoryFile>();
	const unreadable = new Set<string>();
	let access: FolderAccess = 'granted';
	let isReadOnly = false;
	let time = 1_000;

	const isHidden = (path: string): boolean =>
		[...unreadable].some((dark) => path === dark || path.startsWith(`${dark}/`));

	function requireAccess(): void {
		if (access !== 'granted') throw new GiggityflixError('permission-denied', 'no access');
	}

	function current(path: string): MemoryFile {
		requireAccess();
		if (isHidden(path)) throw new GiggityflixError('permission-denied', 'unreadable');
		const file = files.get(path);
		if (!file) throw new GiggityflixError('not-found', 'no such file');
		return file;
	}

	const folder: MemoryFolder = {
		name,
		files,
		unreadable,
		setAccess: (next) => (access = next),
		setReadOnly: (next) => (isReadOnly = next),
		write(path, text, modifiedAtMs = (time += 1_000)) {
			files.set(path, { bytes: new TextEncoder().encode(text), modifiedAtMs });
		},
		move(from, to) {
			files.set(to, current(from));
			files.delete(from);
		},
		access: () => Promise.resolve(access),
		async *list({ isWanted, signal }) {
			requireAccess();
			for (const path of unreadable) {
				yield { kind: 'unreadable', path, reason: 'permission-denied' };
			}
			for (const [path, file] of files) {
				signal.throwIfAborted();
				if (isHidden(path) || !isWanted(path)) continue;
				const { bytes, modifiedAtMs } = file;
				yield { kind: 'file', path, sizeBytes: bytes.length, modifiedAtMs };
			}
		},
		open: (path) =>
			Promise.resolve().then(() => openMemoryFile(current(path), () => current(path))),
		async delete(path) {
			await Promise.resolve();
			current(path);
			if (isReadOnly) throw new GiggityflixError('permission-denied', 'read only');
			files.delete(path);
		},
	};
	for (const [path, text] of Object.entries(contents)) folder.write(path, text);
	return folder;
}

function openMemoryFile(opened: MemoryFile, current: () => MemoryFile): OpenFile {
	return {
		sizeBytes: opened.bytes.length,
		modifiedAtMs: opened.modifiedAtMs,
		mimeType: 'video/mp4',
		read(offsetBytes, lengthBytes) {
			return Promise.resolve().then(() => {
				if (current() !== opened) throw new GiggityflixError('corrupt', 'the file has changed');
				return opened.bytes.slice(offsetBytes, offsetBytes + lengthBytes);
			});
		},
	};
}

/** Sources kept in memory, shared by the tabs of one test browser. */
export function createMemoryFolderSources(): FolderSources & {
	readonly kept: Map<string, FolderSource>;
} {
	const kept = new Map<string, FolderSource>();
	return {
		kept,
		get: (folderId) => Promise.resolve(kept.get(folderId)),
		put(folderId, source) {
			kept.set(folderId, source);
			return Promise.resolve();
		},
		delete(folderId) {
			kept.delete(folderId);
			return Promise.resolve();
		},
		isSame: (one, other) => Promise.resolve(one === other),
	};
}
