// The folders of the library and the verbs a person has for them. Rule: a folder that merely needs permission
// again keeps its items. Knows nothing of announcing or of what is inside a film.
import { GiggityflixError } from '../../proto/errors.ts';
import { randomId, type OfferId } from '../../proto/ids.ts';
import { maxFolderNameLength } from '../../proto/limits.ts';
import type { ScanState } from '../peer.ts';
import type { FolderAccess, FolderSource, FolderSources, OpenFile, RandomBytes } from '../ports.ts';
import {
	createFolderScans,
	type FolderScans,
	type FolderScansDependencies,
} from './folder-scans.ts';
import { createFolderShelves, type FolderShelves } from './folder-shelves.ts';
import type { FolderId, FolderRecord, LibraryItem, Sharing } from './library-item.ts';
import type { Library } from './library.ts';

export interface Folders extends FolderVerbs, FolderFiles {
	/** Finds out which folders can be read, without scanning. */
	start(): Promise<void>;
	/** Ends every scan. */
	stop(): void;
	access(folderId: FolderId): FolderAccess;
	scan(folderId: FolderId): ScanState;
	onChange(listener: () => void): () => void;
}

interface FolderVerbs {
	/** Keeps the source under a new id and adopts it. */
	add(source: FolderSource, sharing: Sharing): Promise<FolderId>;
	/**
	 * Adds a folder whose source is already kept under `folderId`, and starts to scan it. When the library has the same
	 * folder under another id, that one is scanned and its id returned.
	 */
	adopt(folderId: FolderId, sharing: Sharing): Promise<FolderId>;
	/** Looks again, with `source` or the one that is kept, and starts to scan when it can be read. */
	reconnect(folderId: FolderId, source?: FolderSource): Promise<void>;
	/** Also resolves for a folder that is gone already. */
	remove(folderId: FolderId): Promise<void>;
	setSharing(folderId: FolderId, sharing: Sharing): Promise<void>;
	/** Resolves when the scans are over, also when they failed. */
	rescan(folderId?: FolderId): Promise<void>;
	cancelScan(folderId: FolderId): void;
}

interface FolderFiles {
	/** Throws `permission-denied` when the folder cannot be read, and as `OpenFile` does. */
	open(item: LibraryItem, path?: string): Promise<OpenFile>;
	/** Deletes the file of an item from the disk. */
	delete(item: LibraryItem): Promise<void>;
}

export interface FoldersDependencies extends FolderScansDependencies {
	readonly folderSources: FolderSources;
	/** Hears `undefined` when sources can be kept again. */
	readonly onSourcesTrouble: (error: GiggityflixError | undefined) => void;
}

export function createFolders(deps: FoldersDependencies): Folders {
	const { library } = deps;
	const shelves = createFolderShelves(deps);
	const scans = createFolderScans(deps, shelves);
	return {
		...verbsOf(deps, shelves, scans),
		...filesOf(shelves),
		async start() {
			await Promise.all(library.folders().map(({ folderId }) => shelves.look(folderId)));
		},
		stop() {
			for (const { running } of shelves.all()) running?.cancel.abort();
		},
		access: (folderId) => shelves.of(folderId).access,
		scan: (folderId) => shelves.of(folderId).scan,
		onChange: shelves.onChange,
	};
}

/** A new random folder id. */
export function newFolderId(randomBytes: RandomBytes): FolderId {
	return randomId<OfferId>(randomBytes) as string as FolderId;
}

function verbsOf(
	deps: FoldersDependencies,
	shelves: FolderShelves,
	scans: FolderScans,
): FolderVerbs {
	const { library } = deps;

	async function adopt(folderId: FolderId, sharing: Sharing): Promise<FolderId> {
		await shelves.look(folderId);
		const { source } = shelves.of(folderId);
		if (!source) {
			await shelves.drop(folderId);
			throw new GiggityflixError('unsupported', 'the folder can only be read where it was picked');
		}
		const same = await findSame(library, shelves, folderId, source);
		if (same) {
			await shelves.keep(same, source);
			await shelves.drop(folderId);
		} else if (!library.folder(folderId)) {
			const name = source.name.slice(0, maxFolderNameLength);
			await library.saveFolder({ folderId, name, sharing, addedAtMs: deps.clock.now() });
		}
		void scans.scan(same ?? folderId);
		return same ?? folderId;
	}

	return {
		adopt,
		async add(source, sharing) {
			const folderId = newFolderId(deps.randomBytes);
			await shelves.keep(folderId, source);
			return adopt(folderId, sharing);
		},
		async reconnect(folderId, source) {
			requireFolder(library, folderId);
			if (source) await shelves.keep(folderId, source);
			if ((await shelves.look(folderId, 'anew')) === 'granted') void scans.scan(folderId);
		},
		async remove(folderId) {
			if (!library.folder(folderId)) return;
			await scans.cancel(folderId);
			await library.removeFolder(folderId);
			await shelves.drop(folderId);
		},
		setSharing: (folderId, sharing) =>
			library.saveFolder({ ...requireFolder(library, folderId), sharing }),
		async rescan(folderId) {
			const wanted = folderId ? [requireFolder(library, folderId)] : library.folders();
			await Promise.all(wanted.map((folder) => scans.scan(folder.folderId)));
		},
		cancelScan: (folderId) => void scans.cancel(folderId),
	};
}

function filesOf(shelves: FolderShelves): FolderFiles {
	/** Notices a permission that was taken away behind our back. */
	async function withSource<Result>(
		folderId: FolderId,
		use: (source: FolderSource) => Promise<Result>,
	): Promise<Result> {
		const { source, access } = shelves.of(folderId);
		if (!source || access !== 'granted') {
			throw new GiggityflixError('permission-denied', 'the folder cannot be read now');
		}
		try {
			return await use(source);
		} catch (caught) {
			const error = GiggityflixError.from(caught);
			if (error.code === 'permission-denied') await shelves.look(folderId);
			throw error;
		}
	}

	return {
		open: (item, path = item.path) => withSource(item.folderId, (source) => source.open(path)),
		delete: (item) => withSource(item.folderId, (source) => source.delete(item.path)),
	};
}

/** The folder of the library that `source` is a second pick of. */
async function findSame(
	library: Library,
	shelves: FolderShelves,
	folderId: FolderId,
	source: FolderSource,
): Promise<FolderId | undefined> {
	for (const other of library.folders()) {
		const known = other.folderId === folderId ? undefined : shelves.of(other.folderId).source;
		if (known && (await shelves.isSame(known, source))) return other.folderId;
	}
	return undefined;
}

function requireFolder(library: Library, folderId: FolderId): FolderRecord {
	const folder = library.folder(folderId);
	if (!folder) throw new GiggityflixError('not-found', 'the library has no such folder');
	return folder;
}
