// Runs scans: list a folder, compare, change the library. Rule: one scan of a folder at a time, whoever asks
// for a second one waits for the first; a scan that fails or is cancelled changes nothing. A new film is named by where
// it lies, so that links outlive the library they were made in.
import { GiggityflixError } from '../../proto/errors.ts';
import { randomId, type OfferId } from '../../proto/ids.ts';
import type { ScanState } from '../peer.ts';
import type { Clock, FolderSource, Logger, RandomBytes } from '../ports.ts';
import type { FolderShelves, Shelf } from './folder-shelves.ts';
import type { FolderId, FolderRecord } from './library-item.ts';
import type { Library } from './library.ts';
import { reconcile, type FilmFile } from './reconcile.ts';
import { scanFolder, type ListedFilm } from './scanner.ts';

export interface FolderScans {
	/** Resolves when the scan is over. Never throws: what went wrong is in the shelf's state. */
	scan(folderId: FolderId): Promise<void>;
	/** Ends a scan and waits for its end. */
	cancel(folderId: FolderId): Promise<void>;
}

export interface FolderScansDependencies {
	readonly library: Library;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
	readonly includeExtensions: () => readonly string[];
	/** As the identity of this peer does. */
	readonly nameOffer: (place: string) => OfferId;
	/** A scan is over and the library is up to date. */
	readonly onScanned: () => void;
}

export function createFolderScans(
	deps: FolderScansDependencies,
	shelves: FolderShelves,
): FolderScans {
	const { clock } = deps;

	async function run(folderId: FolderId, shelf: Shelf, signal: AbortSignal): Promise<void> {
		if ((await shelves.look(folderId)) !== 'granted' || !shelf.source) return;
		const startedAtMs = clock.now();
		const show = (scan: ScanState): void => {
			shelf.scan = scan;
			shelves.changed();
		};
		const onFound = (foundCount: number): void =>
			show({ kind: 'scanning', foundCount, startedAtMs });
		onFound(0);
		try {
			await take(deps, folderId, await list(deps, shelf.source, onFound, signal));
			show({ kind: 'idle' });
			deps.onScanned();
		} catch (caught) {
			if (signal.aborted) {
				show({ kind: 'idle' });
			} else {
				show({ kind: 'failed', reason: GiggityflixError.from(caught).code });
				await shelves.look(folderId);
			}
		}
	}

	return {
		scan(folderId) {
			const shelf = shelves.of(folderId);
			if (shelf.running) return shelf.running.done;
			const cancel = new AbortController();
			const done = run(folderId, shelf, cancel.signal).finally(() => {
				delete shelf.running;
			});
			shelf.running = { done, cancel };
			return done;
		},
		async cancel(folderId) {
			const { running } = shelves.of(folderId);
			running?.cancel.abort();
			await running?.done;
		},
	};
}

async function list(
	deps: FolderScansDependencies,
	source: FolderSource,
	onFound: (foundCount: number) => void,
	signal: AbortSignal,
): Promise<ListedFilm[]> {
	const includeExtensions = deps.includeExtensions();
	const listing = await scanFolder({ source, includeExtensions, onFound, signal });
	signal.throwIfAborted();
	return listing;
}

/** Brings the library in step with a listing. */
async function take(
	deps: FolderScansDependencies,
	folderId: FolderId,
	listing: readonly ListedFilm[],
): Promise<void> {
	const { library, clock, logger } = deps;
	const folder = library.folder(folderId);
	if (!folder) return;
	const result = reconcile({
		folderId,
		known: [...library.allItems()].filter(
			(item) => item.folderId === folderId || item.presence.kind === 'missing',
		),
		listing,
		nowMs: clock.now(),
		newOfferId: (film) => offerIdOf(deps, folder, film),
	});
	library.change(result);
	logger.info('scanned a folder', { ...result.counts });
	await library.saveFolder({ ...folder, scannedAtMs: clock.now() });
}

/** A film that was renamed keeps its id, so another one in its old place gets one by chance. */
function offerIdOf(
	{ library, nameOffer, randomBytes }: FolderScansDependencies,
	{ name }: FolderRecord,
	{ path, sizeBytes }: FilmFile,
): OfferId {
	const offerId = nameOffer([name, path, String(sizeBytes)].join('\n'));
	return library.item(offerId) ? randomId<OfferId>(randomBytes) : offerId;
}
