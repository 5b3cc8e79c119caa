// From a catalog id to an open file: what viewers may read, and what the owner may play from their own
// disk. Rule: the file must still be the version that was announced; a private one is not there for others.
import { GiggityflixError } from '../../proto/errors.ts';
import type { CatalogId } from '../../proto/ids.ts';
import type { LibraryStore, OpenFile } from '../ports.ts';
import type { OfferedFile, OfferedFiles } from '../transfer/transfers.ts';
import type { LibraryItem, Sharing } from './library-item.ts';
import { languageOfSideCar } from './scanner.ts';

export interface OfferedFilesDependencies {
	readonly findItem: (catalogId: CatalogId) => LibraryItem | undefined;
	readonly sharingOf: (item: LibraryItem) => Sharing;
	/** Opens the item's file, or another one of its folder. Throws as `FolderSource.open`. */
	readonly open: (item: LibraryItem, path: string) => Promise<OpenFile>;
	readonly loadInfoDictionary: LibraryStore['loadInfoDictionary'];
	/** The disk no longer holds what the scan found; another scan lets the new version be opened. */
	readonly onStale: (item: LibraryItem) => void;
}

type Disk = Pick<OfferedFilesDependencies, 'open'> &
	Partial<Pick<OfferedFilesDependencies, 'onStale'>>;

/** What others may read. */
export function createOfferedFiles(deps: OfferedFilesDependencies): OfferedFiles {
	return {
		async open(catalogId) {
			const item = deps.findItem(catalogId);
			const isShared = item && item.removedAtMs === undefined && deps.sharingOf(item) !== 'private';
			// One answer for private and unknown: whether it exists is nobody's business.
			if (!isShared) throw new GiggityflixError('not-found', 'no such file is offered');
			return { ...(await openItem(deps, item)), ...infoDictionaryOf(deps, item) };
		},
	};
}

function infoDictionaryOf(
	{ loadInfoDictionary }: OfferedFilesDependencies,
	{ offerId, torrent }: LibraryItem,
): Pick<OfferedFile, 'infoDictionary'> {
	if (torrent === undefined) return {};
	return {
		infoDictionary: {
			sizeBytes: torrent.infoDictionaryBytes,
			async load() {
				const infoDictionary = await loadInfoDictionary(offerId);
				if (infoDictionary) return infoDictionary;
				throw new GiggityflixError('not-found', 'the info dictionary is gone');
			},
		},
	};
}

/** A film of one's own, whatever its sharing. Throws `corrupt` when it is not the version the scan found. */
export async function openItem(deps: Disk, item: LibraryItem): Promise<OfferedFile> {
	const film = await openFilm(deps, item);
	const probedType = item.probe.kind === 'done' ? item.probe.facts.mimeType : '';
	return {
		film,
		fileName: fileNameOf(item.path),
		mimeType: probedType || film.mimeType,
		sideCars: await openSideCars(deps, item),
	};
}

async function openFilm(deps: Disk, item: LibraryItem): Promise<OpenFile> {
	const noticing = async <Result>(use: Promise<Result>): Promise<Result> => {
		try {
			return await use;
		} catch (caught) {
			const { code } = GiggityflixError.from(caught);
			if (code === 'corrupt' || code === 'not-found') deps.onStale?.(item);
			throw caught;
		}
	};
	const film = await noticing(deps.open(item, item.path));
	if (film.sizeBytes !== item.sizeBytes || film.modifiedAtMs !== item.modifiedAtMs) {
		deps.onStale?.(item);
		throw new GiggityflixError('corrupt', 'the file has changed since the last scan');
	}
	return {
		...film,
		read: (offsetBytes, lengthBytes) => noticing(film.read(offsetBytes, lengthBytes)),
	};
}

/** Subtitles that can be read; one that has gone is left out rather than spoiling the film. */
async function openSideCars(deps: Disk, item: LibraryItem): Promise<OfferedFile['sideCars']> {
	const opened = await Promise.allSettled(
		item.sideCarPaths.map(async (path) => ({
			fileName: fileNameOf(path),
			language: languageOfSideCar(item.path, path),
			sizeBytes: (await deps.open(item, path)).sizeBytes,
			open: () => deps.open(item, path),
		})),
	);
	return opened.flatMap((sideCar) => (sideCar.status === 'fulfilled' ? [sideCar.value] : []));
}

function fileNameOf(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}
