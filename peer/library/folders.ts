// The folders of the library: which can be read now, what each scan finds, and the verbs a person has for
// them. Rule: one scan of a folder at a time; a scan that fails changes nothing. A folder that merely needs
// permission again keeps its items. Knows nothing of announcing or of what is inside a film.
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';
import { randomId, type OfferId } from '../../proto/ids.ts';
import { maxFolderNameLength } from '../../proto/limits.ts';
import type { ScanState } from '../peer.ts';
import type {
	Clock,
	FolderAccess,
	FolderSource,
	FolderSources,
	Logger,
	OpenFile,
	RandomBytes,
} from '../ports.ts';
import type { FolderId, LibraryItem, Sharing } from './library-item.ts';
import type { Library } from './library.ts';
import { reconcile } from './reconcile.ts';
import { scanFolder } from './scanner.ts';

export interface Folders {
	/** Finds out which folders can be read, without scanning. */
	start(): Promise<void>;
	/** Ends every scan. */
	stop(): void;
	access(folderId: FolderId): FolderAccess;
	scan(folderId: FolderId): ScanState;
	/** Keeps the source under a new id and adopts it. */
	add(source: FolderSource, sharing: Sharing): Promise<FolderId>;
	/**
	 * Adds a folder whose source is already kept under `folderId`, and starts to scan it. When the library has the same
	 * folder under another id, that one is scanned and its id returned.
	 */
	adopt(folderId: FolderId, sharing: Sharing): Promise<FolderId>;
	reconnect(folderId: FolderId, source?: FolderSource): Promise<void>;
	remove(folderId: FolderId): Promise<void>;
	setSharing(folderId: FolderId, sharing: Sharing): Promise<void>;
	/** Resolves when the scans are over, also when they failed. */
	rescan(folderId?: FolderId): Promise<void>;
	cancelScan(folderId: FolderId): void;
	/** Throws `permission-denied` when the folder cannot be read, and as `OpenFile` does. */
	open(item: LibraryItem, path?: string): Promise<OpenFile>;
	/** Deletes the file of an item from the disk. */
	delete(item: LibraryItem): Promise<void>;
	onChange(listener: () => void): () => void;
}

interface Shelf {
	source: FolderSource | undefined;
	access: FolderAccess;
	scan: ScanState;
	running?: { readonly done: Promise<void>; readonly cancel: AbortController };
}

export interface FoldersDependencies {
	readonly library: Library;
	readonly folderSources: FolderSources;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
	readonly includeExtensions: () => readonly string[];
	/** A scan is over and the library is up to date. */
	readonly onScanned: () => void;
	/** Hears `undefined` when sources can be kept again. */
	readonly onSourcesTrouble: (error: GiggityflixError | undefined) => void;
}

export function createFolders(deps: FoldersDependencies): Folders {
	const { library, folderSources, clock } = deps;
	const shelves = new Map<FolderId, Shelf>();
	const listeners = new Set<() => void>();

	function changed(): void {
		for (const listener of listeners) listener();
	}

	function shelfOf(folderId: FolderId): Shelf {
		let shelf = shelves.get(folderId);
		if (!shelf) {
			shelf = { source: undefined, access: 'lost', scan: { kind: 'idle' } };
			shelves.set(folderId, shelf);
		}
		return shelf;
	}

	/** Looks again whether a folder can be read. */
	async function look(folderId: FolderId): Promise<FolderAccess> {
		const shelf = shelfOf(folderId);
		try {
			shelf.source ??= await folderSources.get(folderId);
			shelf.access = (await shelf.source?.access()) ?? 'lost';
			deps.onSourcesTrouble(undefined);
		} catch (caught) {
			shelf.access = 'lost';
			deps.onSourcesTrouble(GiggityflixError.from(caught));
		}
		changed();
		return shelf.access;
	}

	async function keep(folderId: FolderId, source: FolderSource): Promise<void> {
		shelfOf(folderId).source = source;
		try {
			await folderSources.put(folderId, source);
			deps.onSourcesTrouble(undefined);
		} catch (caught) {
			// It still works for this visit, from memory.
			deps.onSourcesTrouble(GiggityflixError.from(caught));
		}
	}

	async function findSame(folderId: FolderId, source: FolderSource): Promise<FolderId | undefined> {
		for (const folder of library.folders()) {
			if (folder.folderId === folderId) continue;
			const other = shelfOf(folder.folderId).source;
			if (other && (await folderSources.isSame(other, source))) return folder.folderId;
		}
		return undefined;
	}

	const scanner = createScanner(deps, { shelfOf, look, changed });

	async function adopt(folderId: FolderId, sharing: Sharing): Promise<FolderId> {
		await look(folderId);
		const { source } = shelfOf(folderId);
		if (!source) {
			shelves.delete(folderId);
			throw new GiggityflixError('unsupported', 'the folder can only be read where it was picked');
		}
		const same = await findSame(folderId, source);
		if (same) {
			await keep(same, source);
			await folderSources.delete(folderId);
			shelves.delete(folderId);
			await look(same);
			void scanner.scan(same);
			return same;
		}
		if (!library.folder(folderId)) {
			const name = Array.from(source.name).slice(0, maxFolderNameLength).join('');
			await library.saveFolder({ folderId, name, sharing, addedAtMs: clock.now() });
		}
		void scanner.scan(folderId);
		return folderId;
	}

	function readable(item: LibraryItem): FolderSource {
		const { source, access } = shelfOf(item.folderId);
		if (!source || access !== 'granted') {
			throw new GiggityflixError('permission-denied', 'the folder cannot be read now');
		}
		return source;
	}

	/** Notices a permission that was taken away behind our back. */
	async function withAccess<Result>(
		item: LibraryItem,
		use: (source: FolderSource) => Promise<Result>,
	): Promise<Result> {
		try {
			return await use(readable(item));
		} catch (caught) {
			const error = GiggityflixError.from(caught);
			if (error.code === 'permission-denied') await look(item.folderId);
			throw error;
		}
	}

	return {
		async start() {
			await Promise.all(library.folders().map(({ folderId }) => look(folderId)));
		},
		stop() {
			for (const { running } of shelves.values()) running?.cancel.abort();
		},
		access: (folderId) => shelfOf(folderId).access,
		scan: (folderId) => shelfOf(folderId).scan,
		async add(source, sharing) {
			const folderId = newFolderId(deps.randomBytes);
			await keep(folderId, source);
			return adopt(folderId, sharing);
		},
		adopt,
		async reconnect(folderId, source) {
			requireFolder(library, folderId);
			if (source) await keep(folderId, source);
			if ((await look(folderId)) === 'granted') void scanner.scan(folderId);
		},
		async remove(folderId) {
			requireFolder(library, folderId);
			shelfOf(folderId).running?.cancel.abort();
			await shelfOf(folderId).running?.done;
			shelves.delete(folderId);
			await library.removeFolder(folderId);
			await folderSources.delete(folderId);
			changed();
		},
		setSharing: (folderId, sharing) =>
			library.saveFolder({ ...requireFolder(library, folderId), sharing }),
		async rescan(folderId) {
			const wanted = folderId
				? [requireFolder(library, folderId).folderId]
				: library.folders().map((folder) => folder.folderId);
			await Promise.all(wanted.map((id) => scanner.scan(id)));
		},
		cancelScan: (folderId) => shelfOf(folderId).running?.cancel.abort(),
		open: (item, path = item.path) => withAccess(item, (source) => source.open(path)),
		delete: (item) => withAccess(item, (source) => source.delete(item.path)),
		onChange(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
}

/** A new random folder id. */
export function newFolderId(randomBytes: RandomBytes): FolderId {
	return randomId<OfferId>(randomBytes) as string as FolderId;
}

/** Scans shelves: one scan of a folder at a time, whoever asks for a second one waits for the first. */
function createScanner(
	deps: FoldersDependencies,
	shelves: {
		shelfOf: (folderId: FolderId) => Shelf;
		look: (folderId: FolderId) => Promise<FolderAccess>;
		changed: () => void;
	},
) {
	const { library, clock } = deps;

	async function run(folderId: FolderId, shelf: Shelf, signal: AbortSignal): Promise<void> {
		if ((await shelves.look(folderId)) !== 'granted' || !shelf.source) return;
		const startedAtMs = clock.now();
		const show = (scan: ScanState): void => {
			shelf.scan = scan;
			shelves.changed();
		};
		show({ kind: 'scanning', foundCount: 0, startedAtMs });
		try {
			const listing = await scanFolder({
				source: shelf.source,
				includeExtensions: deps.includeExtensions(),
				onFound: (foundCount) => show({ kind: 'scanning', foundCount, startedAtMs }),
				signal,
			});
			signal.throwIfAborted();
			const folder = library.folder(folderId);
			if (!folder) return;
			const result = reconcile({
				folderId,
				known: [...library.allItems()].filter(
					(item) => item.folderId === folderId || item.presence.kind === 'missing',
				),
				listing,
				nowMs: clock.now(),
				newOfferId: () => randomId<OfferId>(deps.randomBytes),
			});
			library.change(result);
			show({ kind: 'idle' });
			deps.logger.info('scanned a folder', { ...result.counts });
			await library.saveFolder({ ...folder, scannedAtMs: clock.now() });
			deps.onScanned();
		} catch (caught) {
			show(signal.aborted ? { kind: 'idle' } : { kind: 'failed', reason: reasonOf(caught) });
			if (!signal.aborted) await shelves.look(folderId);
		}
	}

	return {
		/** Never throws: what went wrong is in the folder's state. */
		scan(folderId: FolderId): Promise<void> {
			const shelf = shelves.shelfOf(folderId);
			if (shelf.running) return shelf.running.done;
			const cancel = new AbortController();
			const done = run(folderId, shelf, cancel.signal).finally(() => {
				delete shelf.running;
			});
			shelf.running = { done, cancel };
			return done;
		},
	};
}

function reasonOf(caught: unknown): ErrorCode {
	return GiggityflixError.from(caught).code;
}

function requireFolder(library: Library, folderId: FolderId) {
	const folder = library.folder(folderId);
	if (!folder) throw new GiggityflixError('not-found', 'the library has no such folder');
	return folder;
}
