// What a spec can ask of the adapters page. Types only, so that both sides compile against one list.
import type { LibraryItem } from '../../../../peer/library/library-item.ts';
import type { FolderAccess, ListedFile, ProbedFacts } from '../../../../peer/ports.ts';

/** A picture as the page sees it after decoding. */
export interface SeenPicture {
	readonly atMs: number;
	readonly sizeBytes: number;
	readonly widthPx: number;
	readonly heightPx: number;
	/** Different colours among a hundred sampled pixels; a blank picture has one. */
	readonly colours: number;
}

export interface FileName {
	readonly folder: string;
	readonly path: string;
}

/** Calls of the adapters page by name. Errors arrive as `{ code }`. */
export type PageCalls = {
	/** Folders dropped since the page was loaded. */
	droppedFolders: { input: null; output: { name: string; access: FolderAccess }[] };
	list: {
		input: { folder: string; extensions: string[] };
		output: { files: ListedFile[]; elapsedMs: number };
	};
	/** Opens a file now and keeps it open under its name, for later reads. */
	open: {
		input: FileName;
		output: { sizeBytes: number; modifiedAtMs: number; mimeType: string };
	};
	read: { input: FileName & { offsetBytes: number; lengthBytes: number }; output: string };
	probe: { input: FileName; output: ProbedFacts };
	grab: {
		input: FileName & { atMs: number[]; maxWidthPx: number; maxBytes: number };
		output: SeenPicture[];
	};
	/** The same through `<video>` alone. */
	grabByVideo: {
		input: FileName & { atMs: number[]; maxWidthPx: number; maxBytes: number };
		output: SeenPicture[];
	};
	/** Starts a probe and aborts it after a while. */
	abortProbe: { input: FileName & { afterMs: number }; output: { reason: string } };
	/** Hexadecimal; `progress` is how many bytes were reported as hashed, each time. */
	hash: {
		input: FileName & { pieceLengthBytes: number };
		output: { sha256: string; pieces: string; progress: number[] };
	};
	/** All files at once, by the pool of a device of so many cores; `maxFilesAtOnce` is what that pool takes. */
	hashAll: {
		input: { folder: string; paths: string[]; pieceLengthBytes: number; coreCount: number };
		output: { maxFilesAtOnce: number; durationMs: number };
	};
	/** What hashing is made of, by itself: reading as a hash worker does, and the SHA-256 of what is in memory. */
	readAlone: { input: FileName; output: null };
	digestAlone: { input: { mebibytes: number; isWhole: boolean }; output: { durationMs: number } };
	/** Bytes of the .torrent file create-torrent makes, in this thread as it always does. */
	createTorrent: { input: FileName & { pieceLengthBytes: number }; output: number };
	/** Reads damaged and large torrents (base64) and magnets in the worker; what came of them, and the longest task of the page meanwhile. */
	parseTorrents: {
		input: { torrents: string[]; magnets: string[] };
		output: { outcomes: Record<string, number>; longestTaskMs: number };
	};
	keepFolder: { input: { folder: string; folderId: string }; output: null };
	keptFolder: {
		input: { folderId: string };
		output: {
			name: string;
			access: FolderAccess;
			fileCount: number;
			isSameAsDropped: boolean;
		} | null;
	};
	saveItems: { input: { items: LibraryItem[]; deletedOfferIds: string[] }; output: null };
	loadItems: { input: null; output: LibraryItem[] };
	/** Saves copies of an item under offer ids of their own. */
	saveCopies: { input: { item: LibraryItem; count: number }; output: null };
	/** Loads every item and tells how many and how fast. */
	countItems: { input: null; output: { count: number; elapsedMs: number } };
	saveFolder: { input: { folderId: string }; output: null };
	deleteFolder: { input: { folderId: string }; output: null };
	loadFolderIds: { input: null; output: string[] };
	savePoster: { input: { offerId: string; bytes: number[] }; output: null };
	loadPoster: { input: { offerId: string }; output: number[] | null };
	/** Brings the library's database to a later version, as a newer app in another tab does. */
	upgradeDatabase: { input: null; output: null };
	/** Holds a connection to the library's database and starts to delete it, which waits for ever. */
	jamDatabase: { input: null; output: null };
	/** Asks to lead; `isLeading` says whether it was granted. */
	lead: { input: null; output: null };
	isLeading: { input: null; output: boolean };
	resign: { input: null; output: null };
	post: { input: { message: unknown }; output: null };
	heard: { input: null; output: unknown[] };
	/** How long a sleep of the browser clock took. */
	sleep: { input: { durationMs: number }; output: { elapsedMs: number } };
};

/** What the page has: a function for every call. */
export type Handlers = {
	[Name in keyof PageCalls]: (
		input: PageCalls[Name]['input'],
	) => Promise<PageCalls[Name]['output']>;
};
