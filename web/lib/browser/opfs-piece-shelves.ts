// Verified pieces in origin-private storage, a file for each: the browser puts a file in place when it is complete and
// closed, so that a crash leaves a piece whole or empty, and the listing is the list of pieces. Rule: at most a
// share of what the browser grants, the film not used for longest goes first. Knows no hash; readers verify.
import type {
	KeptFilm,
	PieceShelf,
	PieceShelves,
	ShelvedFilm,
} from '../../../peer/transfer/pieces/piece-shelf.ts';

/** The part of `FileSystemDirectoryHandle` this needs. */
export interface StorageDirectory {
	readonly kind: 'directory';
	getDirectoryHandle(name: string, options: { create: true }): Promise<StorageDirectory>;
	getFileHandle(name: string, options?: { create: true }): Promise<StorageFile>;
	removeEntry(name: string, options?: { recursive: true }): Promise<void>;
	keys(): AsyncIterable<string>;
	entries(): AsyncIterable<[string, StorageDirectory | StorageFile]>;
}

/** The part of `FileSystemFileHandle` this needs. */
export interface StorageFile {
	readonly kind: 'file';
	getFile(): Promise<Pick<Blob, 'arrayBuffer'>>;
	createWritable(): Promise<{
		write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
		close(): Promise<void>;
	}>;
}

export interface OpfsPieceShelvesOptions {
	/** The directory everything is in; made when it is first needed. */
	readonly directory: () => Promise<StorageDirectory>;
	/** What the browser grants this site, in bytes. */
	readonly quotaBytes: () => Promise<number>;
	readonly now: () => number;
}

/** Of the quota: the rest is for posters, the library and what the browser keeps itself. */
const shareOfQuota = 0.25;
/** What waits for the disk, as much as a player reads ahead; one piece too many is not kept. */
const maxWaitingBytes = 32 * 1024 * 1024;
/** Names beside those of pieces, which are numbers. */
const aboutName = 'about.json';
const infoName = 'info';

interface Shelves {
	readonly options: OpfsPieceShelvesOptions;
	/** Of every film, by pieces id; `undefined` before the directory was looked through. */
	films: Promise<Map<string, Kept>> | undefined;
	/** Writes one after the other. */
	turn: Promise<unknown>;
}

interface Kept {
	readonly film: ShelvedFilm;
	readonly pieces: Set<number>;
	usedAtMs: number;
}

export function opfsPieceShelves(options: OpfsPieceShelvesOptions): PieceShelves {
	const shelves: Shelves = { options, films: undefined, turn: Promise.resolve() };
	return {
		find: (wanted) => quietly(find(shelves, wanted)),
		open: (film, infoDictionary) => quietly(open(shelves, film, infoDictionary)),
		list: async () => (await quietly(list(shelves))) ?? [],
		async remove(piecesId) {
			await quietly(remove(shelves, piecesId));
		},
		async removeAll() {
			for (const { piecesId } of (await quietly(list(shelves))) ?? []) {
				await quietly(remove(shelves, piecesId));
			}
		},
	};
}

/** Storage may be refused, full or cleared at any time; the film then comes from its owners again. */
async function quietly<Value>(work: Promise<Value>): Promise<Value | undefined> {
	return work.catch(() => undefined);
}

async function find(shelves: Shelves, wanted: Parameters<PieceShelves['find']>[0]) {
	const films = [...(await filmsOf(shelves)).values()];
	const kept = films.find(({ film }) =>
		'piecesId' in wanted ? film.piecesId === wanted.piecesId : film.catalogId === wanted.catalogId,
	);
	if (!kept) return undefined;
	const directory = await directoryOf(shelves, kept.film.piecesId);
	return { film: kept.film, infoDictionary: await readFile(directory, infoName) };
}

async function open(
	shelves: Shelves,
	film: ShelvedFilm,
	infoDictionary: Uint8Array<ArrayBuffer>,
): Promise<PieceShelf> {
	const films = await filmsOf(shelves);
	const kept: Kept = {
		film,
		pieces: films.get(film.piecesId)?.pieces ?? new Set(),
		usedAtMs: shelves.options.now(),
	};
	films.set(film.piecesId, kept);
	const directory = await directoryOf(shelves, film.piecesId);
	await writeFile(directory, infoName, infoDictionary);
	const about = JSON.stringify({ film, usedAtMs: kept.usedAtMs });
	await writeFile(directory, aboutName, new TextEncoder().encode(about));
	const mostBytes = (await shelves.options.quotaBytes()) * shareOfQuota;
	let waitingBytes = 0;
	return {
		has: (index) => kept.pieces.has(index),
		load: (index) => quietly(readFile(directory, String(index))),
		async keep(index, bytes) {
			if (kept.pieces.has(index)) return true;
			if (waitingBytes + bytes.length > maxWaitingBytes) return false;
			waitingBytes += bytes.length;
			const write = async () => {
				if (!(await makeRoom(shelves, kept, mostBytes - bytes.length))) return;
				await writeFile(directory, String(index), bytes);
				kept.pieces.add(index);
			};
			shelves.turn = shelves.turn.then(() => quietly(write()));
			await shelves.turn;
			waitingBytes -= bytes.length;
			return kept.pieces.has(index);
		},
		drop(index) {
			kept.pieces.delete(index);
			void quietly(directory.removeEntry(String(index)));
		},
	};
}

async function list(shelves: Shelves): Promise<KeptFilm[]> {
	const films = [...(await filmsOf(shelves)).values()];
	return films
		.filter(({ pieces }) => pieces.size > 0)
		.map((kept) => ({ ...kept.film, keptBytes: keptBytesOf(kept), usedAtMs: kept.usedAtMs }))
		.sort((one, other) => other.usedAtMs - one.usedAtMs);
}

async function remove(shelves: Shelves, piecesId: string): Promise<void> {
	const films = await filmsOf(shelves);
	// Whoever reads it at this moment fetches the pieces again.
	films.get(piecesId)?.pieces.clear();
	films.delete(piecesId);
	await (await shelves.options.directory()).removeEntry(piecesId, { recursive: true });
}

/** Whether a film that is still wanted may grow, after others have left until all hold at most `mostBytes`. */
async function makeRoom(shelves: Shelves, mine: Kept, mostBytes: number): Promise<boolean> {
	const films = await filmsOf(shelves);
	if (films.get(mine.film.piecesId) !== mine) return false;
	for (;;) {
		const heldBytes = [...films.values()].reduce((sum, kept) => sum + keptBytesOf(kept), 0);
		if (heldBytes <= mostBytes) return true;
		const [oldest] = [...films.values()]
			.filter((kept) => kept !== mine)
			.sort((one, other) => one.usedAtMs - other.usedAtMs);
		if (!oldest) return false;
		await remove(shelves, oldest.film.piecesId);
	}
}

function keptBytesOf({ film, pieces }: Kept): number {
	return Math.min(film.sizeBytes, pieces.size * film.pieceBytes);
}

// ---------------------------------------------------------------- the directory

function filmsOf(shelves: Shelves): Promise<Map<string, Kept>> {
	shelves.films ??= lookThrough(shelves).catch((caught: unknown) => {
		shelves.films = undefined;
		throw caught;
	});
	return shelves.films;
}

async function lookThrough({ options }: Shelves): Promise<Map<string, Kept>> {
	const films = new Map<string, Kept>();
	const root = await options.directory();
	for await (const [piecesId, handle] of root.entries()) {
		const kept = handle.kind === 'directory' ? await quietly(lookInto(handle)) : undefined;
		if (kept?.film.piecesId === piecesId) films.set(piecesId, kept);
		// Left by a crash, or by another version.
		else await quietly(root.removeEntry(piecesId, { recursive: true }));
	}
	return films;
}

async function lookInto(directory: StorageDirectory): Promise<Kept> {
	const about = new TextDecoder().decode(await readFile(directory, aboutName));
	// Written by this file alone.
	const { film, usedAtMs } = JSON.parse(about) as Omit<Kept, 'pieces'>;
	const pieces = new Set<number>();
	for await (const name of directory.keys()) if (/^\d+$/.test(name)) pieces.add(Number(name));
	return { film, usedAtMs, pieces };
}

async function directoryOf({ options }: Shelves, piecesId: string) {
	return (await options.directory()).getDirectoryHandle(piecesId, { create: true });
}

async function readFile(directory: StorageDirectory, name: string) {
	const handle = await directory.getFileHandle(name);
	return new Uint8Array(await (await handle.getFile()).arrayBuffer());
}

/** In place once it is complete. */
async function writeFile(
	directory: StorageDirectory,
	name: string,
	bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
	const handle = await directory.getFileHandle(name, { create: true });
	const writable = await handle.createWritable();
	await writable.write(bytes);
	await writable.close();
}
