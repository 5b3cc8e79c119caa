// Makes the parts of the library that belong together: records, folders, enrichment and timer, each hearing
// of the others' changes. The peer wires the result to the edge.
import type { GiggityflixError } from '../../proto/errors.ts';
import type { PeerDependencies } from '../dependencies.ts';
import { createEnrichment, type Enrichment } from './enrich.ts';
import { createFolders, type Folders } from './folders.ts';
import type { PeerSettings } from './library-item.ts';
import { createLibrary, type Library } from './library.ts';

export interface LibraryParts {
	readonly library: Library;
	readonly folders: Folders;
	readonly enrichment: Enrichment;
}

export function createLibraryParts(
	deps: PeerDependencies,
	around: {
		settings: () => PeerSettings;
		/** Items, folders, permissions or the progress of a scan. */
		onChange: () => void;
		/** Films looked into. */
		onProgress: () => void;
		/** There is a new poster. */
		onPoster: () => void;
		onStoreTrouble: (error: GiggityflixError | undefined) => void;
		onSourcesTrouble: (error: GiggityflixError | undefined) => void;
		signal: AbortSignal;
	},
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
		onScanned: () => enrichment.retryPostponed(),
		onSourcesTrouble: around.onSourcesTrouble,
	});
	const enrichment: Enrichment = createEnrichment({
		...deps,
		library,
		store: deps.libraryStore,
		isReadable: (folderId) => folders.access(folderId) === 'granted',
		open: (item) => folders.open(item),
		onPoster: around.onPoster,
		signal,
	});
	const onChange = () => {
		enrichment.ring();
		around.onChange();
	};
	library.onChange(onChange);
	folders.onChange(onChange);
	enrichment.onProgress(around.onProgress);
	return { library, folders, enrichment };
}
