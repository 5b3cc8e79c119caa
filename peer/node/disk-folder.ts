// A directory on this machine's disk as a folder of the library. The only file of the peer that reads
// directories with node:fs. Does not follow symbolic links, so a library never leaves its directory.
import { open, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GiggityflixError } from '../../proto/errors.ts';
import { mimeTypeOf } from '../library/mime-type.ts';
import type { FolderAccess, FolderSource, ListedFile, OpenFile } from '../ports.ts';

/** A directory as a folder, which remembers where it is. */
export interface DiskFolder extends FolderSource {
	readonly directory: string;
}

/** `directory` is an absolute path. */
export function diskFolder(directory: string): DiskFolder {
	return {
		directory,
		name: basename(directory),
		access: async (): Promise<FolderAccess> => {
			try {
				return (await stat(directory)).isDirectory() ? 'granted' : 'lost';
			} catch {
				return 'lost';
			}
		},
		list: ({ isWanted, signal }) => list(directory, '', isWanted, signal),
		open: (path) => openOnDisk(join(directory, path)),
		delete: async (path) => {
			try {
				await rm(join(directory, path));
			} catch (error) {
				throw GiggityflixError.from(error);
			}
		},
	};
}

/** The directory of a folder made by `diskFolder`; `undefined` for any other. */
export function directoryOf(source: FolderSource): string | undefined {
	return (source as Partial<DiskFolder>).directory;
}

/** Where an opened file is, for adapters that read it in another thread or program. Throws `unsupported` when it is nowhere on a disk. */
export function pathOf(file: OpenFile): string {
	const { path } = (file.native ?? {}) as { readonly path?: string };
	if (path === undefined) throw new GiggityflixError('unsupported', 'the file is on no disk');
	return path;
}

/** Throws as `FolderSource.open` does. Every read looks again whether the file is still the one opened. */
export async function openOnDisk(path: string): Promise<OpenFile> {
	const opened = await versionOf(path);
	return {
		...opened,
		mimeType: mimeTypeOf(path),
		native: { path },
		read: async (offsetBytes, lengthBytes, spare) => {
			const current = await versionOf(path);
			if (current.sizeBytes !== opened.sizeBytes || current.modifiedAtMs !== opened.modifiedAtMs) {
				throw new GiggityflixError('corrupt', 'the file has changed on disk');
			}
			return readRange(path, offsetBytes, memoryOf(lengthBytes, spare));
		},
	};
}

async function versionOf(path: string): Promise<{ sizeBytes: number; modifiedAtMs: number }> {
	try {
		const { size, mtimeMs } = await stat(path);
		return { sizeBytes: size, modifiedAtMs: Math.trunc(mtimeMs) };
	} catch (error) {
		throw GiggityflixError.from(error);
	}
}

function memoryOf(lengthBytes: number, spare?: ArrayBuffer): Uint8Array<ArrayBuffer> {
	const isEnough = spare !== undefined && spare.byteLength >= lengthBytes;
	return isEnough ? new Uint8Array(spare, 0, lengthBytes) : new Uint8Array(lengthBytes);
}

/** Fills `bytes`, and returns them. */
async function readRange(
	path: string,
	offsetBytes: number,
	bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
	const file = await open(path, 'r');
	try {
		let filled = 0;
		while (filled < bytes.length) {
			const { bytesRead } = await file.read(
				bytes,
				filled,
				bytes.length - filled,
				offsetBytes + filled,
			);
			if (bytesRead === 0) throw new GiggityflixError('corrupt', 'the file is shorter than it was');
			filled += bytesRead;
		}
		return bytes;
	} finally {
		await file.close();
	}
}

async function* list(
	directory: string,
	below: string,
	isWanted: (path: string) => boolean,
	signal: AbortSignal,
): AsyncIterable<ListedFile> {
	let entries;
	try {
		entries = await readdir(join(directory, below), { withFileTypes: true });
	} catch (error) {
		yield { kind: 'unreadable', path: below, reason: reasonOf(error) };
		return;
	}
	for (const entry of entries) {
		signal.throwIfAborted();
		const path = below === '' ? entry.name : `${below}/${entry.name}`;
		if (entry.isDirectory()) yield* list(directory, path, isWanted, signal);
		else if (entry.isFile() && isWanted(path)) yield await describe(directory, path);
	}
}

async function describe(directory: string, path: string): Promise<ListedFile> {
	try {
		return { kind: 'file', path, ...(await versionOf(join(directory, path))) };
	} catch (error) {
		return { kind: 'unreadable', path, reason: reasonOf(error) };
	}
}

function reasonOf(error: unknown): 'permission-denied' | 'not-found' | 'internal' {
	const { code } = GiggityflixError.from(error);
	return code === 'permission-denied' || code === 'not-found' ? code : 'internal';
}
