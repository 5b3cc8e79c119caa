// What a scan means for the library: which files are new, changed, moved, gone, back or unreadable. By size
// and modification time only; no file is opened. Rule: a film that can be recognised keeps its offer id and
// with it its link, however it is renamed or moved. Pure: knows neither clock nor database.
import type { ErrorCode } from '../../proto/errors.ts';
import type { OfferId } from '../../proto/ids.ts';
import type { FolderId, LibraryItem } from './library-item.ts';
import type { ListedFilm } from './scanner.ts';
import { parseTitle } from './title.ts';
import { without } from './without.ts';

/** How long the record of a missing file is kept: a disk that is seldom plugged in keeps its links. */
export const keepMissingMs = 90 * 24 * 60 * 60 * 1000;

export interface ReconcileInput {
	readonly folderId: FolderId;
	/** Items of this folder, and missing ones of other folders, which may have moved here. */
	readonly known: readonly LibraryItem[];
	/** Everything a complete scan of the folder found. */
	readonly listing: readonly ListedFilm[];
	readonly nowMs: number;
	/** Never one the library has. */
	readonly newOfferId: (film: FilmFile) => OfferId;
}

export interface Reconciliation {
	/** New and changed records, to be written. */
	readonly saved: readonly LibraryItem[];
	readonly deletedOfferIds: readonly OfferId[];
	readonly counts: Readonly<Record<Verdict, number>>;
}

export type Verdict = 'added' | 'changed' | 'moved' | 'missing' | 'unchanged' | 'unreadable';

export type FilmFile = Extract<ListedFilm, { kind: 'file' }>;
type UnreadablePath = Extract<ListedFilm, { kind: 'unreadable' }>;

export function reconcile(input: ReconcileInput): Reconciliation {
	const ledger = createLedger();
	const listed = new Map<string, FilmFile>();
	for (const film of input.listing) if (film.kind === 'file') listed.set(film.path, film);
	const known = new Map(input.known.map((item) => [item.offerId, item]));

	settleUnchanged(input.folderId, listed, known, ledger);
	const unreadable = input.listing.filter((film) => film.kind === 'unreadable');
	settleUnreadable(input, unreadable, known, ledger);
	settleMoved(input.folderId, listed, known, ledger);
	settleChanged(input.folderId, listed, known, ledger);

	for (const film of listed.values()) {
		ledger.save('added', newItem(film, input));
	}
	for (const item of known.values()) {
		if (item.folderId === input.folderId) settleMissing(item, input.nowMs, ledger);
	}
	return ledger.close();
}

/** The same path, size and time. Whatever is settled leaves `listed` and `known`. */
function settleUnchanged(
	folderId: FolderId,
	listed: Map<string, FilmFile>,
	known: Map<OfferId, LibraryItem>,
	ledger: Ledger,
): void {
	for (const item of known.values()) {
		const film = item.folderId === folderId ? listed.get(item.path) : undefined;
		if (film?.sizeBytes !== item.sizeBytes || film.modifiedAtMs !== item.modifiedAtMs) continue;
		listed.delete(film.path);
		known.delete(item.offerId);
		const isSame =
			item.presence.kind === 'present' && sameTexts(item.sideCarPaths, film.sideCarPaths);
		if (isSame) ledger.count('unchanged');
		else ledger.save('unchanged', found(item, film));
	}
}

/** A directory that cannot be read says nothing of its files: they are not missing. */
function settleUnreadable(
	input: ReconcileInput,
	unreadable: readonly UnreadablePath[],
	known: Map<OfferId, LibraryItem>,
	ledger: Ledger,
): void {
	for (const { path, reason, isFilm } of unreadable) {
		let isKnown = false;
		for (const item of known.values()) {
			if (item.folderId !== input.folderId || !isWithin(item.path, path)) continue;
			isKnown = true;
			known.delete(item.offerId);
			ledger.save('unreadable', { ...item, presence: { kind: 'unreadable', reason } });
		}
		if (!isKnown && isFilm) ledger.save('unreadable', unreadableItem(path, reason, input));
	}
}

/** The same size and time elsewhere: with the same file name, or the only such pair there is. */
function settleMoved(
	folderId: FolderId,
	listed: Map<string, FilmFile>,
	known: Map<OfferId, LibraryItem>,
	ledger: Ledger,
): void {
	const filmsByVersion = groupByVersion(listed.values());
	const itemsByVersion = groupByVersion(known.values());
	const move = (item: LibraryItem, film: FilmFile): void => {
		listed.delete(film.path);
		known.delete(item.offerId);
		ledger.save('moved', renamed(found(item, film), film.path, folderId));
	};
	for (const [version, films] of filmsByVersion) {
		const items = itemsByVersion.get(version) ?? [];
		const filmsByName = new Map(films.map((film) => [fileNameOf(film.path), film]));
		for (const item of items) {
			const film = filmsByName.get(fileNameOf(item.path));
			if (film && listed.has(film.path)) move(item, film);
		}
		const restItems = items.filter(({ offerId }) => known.has(offerId));
		const restFilms = films.filter(({ path }) => listed.has(path));
		const [item] = restItems;
		const [film] = restFilms;
		if (item && film && restItems.length === 1 && restFilms.length === 1) move(item, film);
	}
}

/** The same path with other content: the offer stays, everything learnt of the content goes. */
function settleChanged(
	folderId: FolderId,
	listed: Map<string, FilmFile>,
	known: Map<OfferId, LibraryItem>,
	ledger: Ledger,
): void {
	for (const item of known.values()) {
		const film = item.folderId === folderId ? listed.get(item.path) : undefined;
		if (!film) continue;
		listed.delete(film.path);
		known.delete(item.offerId);
		ledger.save('changed', {
			...withoutSharedId(without(found(item, film), 'mediaId', 'torrent', 'removedAtMs')),
			sizeBytes: film.sizeBytes,
			modifiedAtMs: film.modifiedAtMs,
			probe: { kind: 'waiting' },
			poster: { kind: 'waiting' },
		});
	}
}

/** Other content no longer belongs to the entry it was merged into; the edge names it by its own id again. */
function withoutSharedId<Item extends Pick<LibraryItem, 'catalogId' | 'aliasCatalogIds'>>(
	item: Item,
) {
	return item.aliasCatalogIds ? without(item, 'catalogId', 'aliasCatalogIds') : item;
}

function settleMissing(item: LibraryItem, nowMs: number, ledger: Ledger): void {
	if (item.presence.kind !== 'missing') {
		// A file that never could be read has no link to keep.
		if (item.presence.kind === 'unreadable' && item.modifiedAtMs === 0) ledger.delete(item.offerId);
		else ledger.save('missing', { ...item, presence: { kind: 'missing', sinceMs: nowMs } });
	} else if (nowMs - item.presence.sinceMs > keepMissingMs) {
		ledger.delete(item.offerId);
	} else {
		ledger.count('missing');
	}
}

interface Ledger {
	save(verdict: Verdict, item: LibraryItem): void;
	count(verdict: Verdict): void;
	delete(offerId: OfferId): void;
	close(): Reconciliation;
}

function createLedger(): Ledger {
	const saved: LibraryItem[] = [];
	const deletedOfferIds: OfferId[] = [];
	const counts = { added: 0, changed: 0, moved: 0, missing: 0, unchanged: 0, unreadable: 0 };
	return {
		save(verdict, item) {
			counts[verdict] += 1;
			saved.push(item);
		},
		count(verdict) {
			counts[verdict] += 1;
		},
		delete(offerId) {
			counts.missing += 1;
			deletedOfferIds.push(offerId);
		},
		close: () => ({ saved, deletedOfferIds, counts }),
	};
}

function newItem(film: FilmFile, input: ReconcileInput): LibraryItem {
	return {
		offerId: input.newOfferId(film),
		folderId: input.folderId,
		path: film.path,
		sizeBytes: film.sizeBytes,
		modifiedAtMs: film.modifiedAtMs,
		addedAtMs: input.nowMs,
		...parseTitle(film.path),
		presence: { kind: 'present' },
		probe: { kind: 'waiting' },
		poster: { kind: 'waiting' },
		sideCarPaths: film.sideCarPaths,
	};
}

function unreadableItem(path: string, reason: ErrorCode, input: ReconcileInput): LibraryItem {
	const item = newItem(
		{ kind: 'file', path, sizeBytes: 0, modifiedAtMs: 0, sideCarPaths: [] },
		input,
	);
	return { ...item, presence: { kind: 'unreadable', reason } };
}

function found(item: LibraryItem, film: FilmFile): LibraryItem {
	return { ...item, presence: { kind: 'present' }, sideCarPaths: film.sideCarPaths };
}

function renamed(item: LibraryItem, path: string, folderId: FolderId): LibraryItem {
	return { ...without(item, 'year', 'season', 'episode'), ...parseTitle(path), path, folderId };
}

/** Items or files by size and time. Empty files are left out: they have nothing to be recognised by. */
function groupByVersion<File extends { readonly sizeBytes: number; readonly modifiedAtMs: number }>(
	files: Iterable<File>,
): Map<string, File[]> {
	const groups = new Map<string, File[]>();
	for (const file of files) {
		if (file.sizeBytes === 0) continue;
		const version = `${String(file.sizeBytes)}:${String(file.modifiedAtMs)}`;
		const group = groups.get(version);
		if (group) group.push(file);
		else groups.set(version, [file]);
	}
	return groups;
}

function isWithin(path: string, directory: string): boolean {
	return directory === '' || path === directory || path.startsWith(`${directory}/`);
}

function fileNameOf(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
	return one.length === other.length && one.every((text, index) => text === other[index]);
}
