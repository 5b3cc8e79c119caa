// Which folders can be read now: the source of each, as far as this visit has it, and its access. Rule: a
// source that cannot be kept works until the page is left. Knows nothing of what is in a folder.
import { createListeners } from '../listeners.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import type { ScanState } from '../peer.ts';
import type { FolderAccess, FolderSource, FolderSources } from '../ports.ts';
import type { FolderId } from './library-item.ts';

/** What this visit knows of a folder. */
export interface Shelf {
	source: FolderSource | undefined;
	access: FolderAccess;
	scan: ScanState;
	running?: { readonly done: Promise<void>; readonly cancel: AbortController };
}

export interface FolderShelves {
	/** An empty one for a folder that was never looked at. */
	of(folderId: FolderId): Shelf;
	all(): Iterable<Shelf>;
	/** Looks again whether a folder can be read. `anew`: another tab may have kept another source. */
	look(folderId: FolderId, anew?: 'anew'): Promise<FolderAccess>;
	keep(folderId: FolderId, source: FolderSource): Promise<void>;
	/** Forgets a folder with its source. */
	drop(folderId: FolderId): Promise<void>;
	isSame(one: FolderSource, other: FolderSource): Promise<boolean>;
	/** Access or a scan has changed. */
	changed(): void;
	onChange(listener: () => void): () => void;
}

export function createFolderShelves(deps: {
	readonly folderSources: FolderSources;
	/** Hears `undefined` when sources can be kept again. */
	readonly onSourcesTrouble: (error: GiggityflixError | undefined) => void;
}): FolderShelves {
	const { folderSources, onSourcesTrouble } = deps;
	const shelves = new Map<FolderId, Shelf>();
	const listeners = createListeners();

	function of(folderId: FolderId): Shelf {
		const known = shelves.get(folderId);
		if (known) return known;
		const shelf: Shelf = { source: undefined, access: 'lost', scan: { kind: 'idle' } };
		shelves.set(folderId, shelf);
		return shelf;
	}

	function changed(): void {
		listeners.tell();
	}

	return {
		of,
		all: () => shelves.values(),
		async look(folderId, anew) {
			const shelf = of(folderId);
			try {
				if (anew ?? !shelf.source) {
					shelf.source = (await folderSources.get(folderId)) ?? shelf.source;
				}
				shelf.access = (await shelf.source?.access()) ?? 'lost';
				onSourcesTrouble(undefined);
			} catch (caught) {
				shelf.access = 'lost';
				onSourcesTrouble(GiggityflixError.from(caught));
			}
			changed();
			return shelf.access;
		},
		async keep(folderId, source) {
			of(folderId).source = source;
			try {
				await folderSources.put(folderId, source);
				onSourcesTrouble(undefined);
			} catch (caught) {
				onSourcesTrouble(GiggityflixError.from(caught));
			}
		},
		async drop(folderId) {
			shelves.delete(folderId);
			await folderSources.delete(folderId);
			changed();
		},
		isSame: (one, other) => folderSources.isSame(one, other),
		changed,
		onChange: listeners.add,
	};
}
