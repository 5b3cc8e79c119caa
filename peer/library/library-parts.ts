// Makes the parts of the library that belong together: records, folders, enrichment and hashing, each hearing
// of the others' changes. The peer wires the result to the edge.
import type { GiggityflixError } from '../../proto/errors.ts';
import type { OfferId } from '../../proto/ids.ts';
import type { PeerDependencies } from '../dependencies.ts';
import { createHashing, type Hashing } from '../hashing/hashing.ts';
import { createEnrichment, type Enrichment } from './enrich.ts';
import { createFolders, type Folders } from './folders.ts';
import type { FolderId, LibraryItem, PeerSettings } from './library-item.ts';
import { createLibrary, type Library } from './library.ts';

export interface LibraryParts {
	readonly library: Library;
	readonly folders: Folders;
	readonly enrichment: Enrichment;
	readonly hashing: Hashing;
}

/** What the library needs to know of the whole, and tells it. */
interface LibrarySurroundings {
	readonly settings: () => PeerSettings;
	readonly nameOffer: (place: string) => OfferId;
	/** Items, folders, permissions or the progress of a scan. */
	readonly onChange: () => void;
	/** Films looked into or hashed. */
	readonly onProgress: () => void;
	/** There is a new poster. */
	readonly onPoster: () => void;
	/** Viewers by catalog id, as films of this peer are watched now. */
	readonly viewersByEntry: () => Readonly<Record<string, number>>;
	readonly onStoreTrouble: (error: GiggityflixError | undefined) => void;
	readonly onSourcesTrouble: (error: GiggityflixError | undefined) => void;
	readonly signal: AbortSignal;
}

export function createLibraryParts(
	deps: PeerDependencies,
	around: LibrarySurroundings,
): LibraryParts {
	const { signal } = around;
	const library = createLibrary({
		store: deps.libraryStore,
		clock: deps.clock,
		onStoreTrouble: around.onStoreTrouble,
		signal,
	});
	const folders = createFolders({
		...deps,
		library,
		includeExtensions: () => around.settings().includeExtensions,
		nameOffer: around.nameOffer,
		onScanned() {
			enrichment.retryPostponed();
			hashing.retryPostponed();
		},
		onSourcesTrouble: around.onSourcesTrouble,
	});
	const looking = {
		store: deps.libraryStore,
		isReadable: (folderId: FolderId) => folders.access(folderId) === 'granted',
		open: (item: LibraryItem) => folders.open(item),
		signal,
	};
	const enrichment: Enrichment = createEnrichment({
		...deps,
		...looking,
		library,
		onPoster: around.onPoster,
	});

	const hashing: Hashing = createHashing({
		...deps,
		...looking,
		library,
		isPaused: () => around.settings().isHashingPaused,
		isBusy: () => enrichment.progress().total > 0,
		viewersByEntry: around.viewersByEntry,
	});

	const onChange = () => {
		enrichment.ring();
		hashing.ring();
		around.onChange();
	};
	library.onChange(onChange);
	folders.onChange(onChange);
	enrichment.onProgress(() => {
		hashing.ring();
		around.onProgress();
	});
	hashing.onProgress(around.onProgress);
	return { library, folders, enrichment, hashing };
}
