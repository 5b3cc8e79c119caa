// What saving needs of the place it runs in, as small interfaces: files that grow, a memory of what was begun, and
// which tab is at it. The browser's adapters are in web/lib/browser; nothing here knows a file picker or a database.
import type { CatalogId } from '../../proto/ids.ts';
import type { ByteSource } from '../transfer/byte-source.ts';

declare const brand: unique symbol;
/** One save, from its beginning to its end or its discarding; random. */
export type SaveId = string & { readonly [brand]: 'SaveId' };

/** What is saved, so that it can be found again after a reload. */
export type SavedThing =
	| {
			readonly kind: 'film';
			readonly catalogId: CatalogId;
			/** From the link. */
			readonly ownerPublicKey?: Uint8Array<ArrayBuffer>;
	  }
	| {
			readonly kind: 'torrent-file';
			/** With the trackers it was found on. */
			readonly magnet: string;
			readonly fileIndex: number;
			/** The torrent's info dictionary, when it was known: nobody has to be there who could send it again. */
			readonly info?: Uint8Array<ArrayBuffer>;
	  };

/** What is remembered of a save that has not ended. Survives structured cloning. */
export interface SaveRecord {
	readonly saveId: SaveId;
	readonly of: SavedThing;
	/** Only text. */
	readonly fileName: string;
	/** `downloads`: the browser owns the file, which cannot be gone on with. */
	readonly into: 'file' | 'downloads';
	/** Of the version that was begun; 0 while nobody has said. */
	readonly sizeBytes: number;
	readonly modifiedAtMs: number;
	/** For the list; how much there is, the file itself says. */
	readonly savedBytes: number;
	readonly startedAtMs: number;
}

/** A file the person chose. Every method throws `GiggityflixError`: `not-found` when it was moved or deleted. */
export interface PartFile {
	/** Asks again where the browser has forgotten; call it from a click. */
	requestAccess(): Promise<boolean>;
	sizeBytes(): Promise<number>;
	/** The caller owns the buffer. */
	read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array<ArrayBuffer>>;
	/** Goes on after the first `keptBytes`; what lies behind them is cut off. */
	open(keptBytes: number): Promise<PartWriter>;
	/** Deletes it; one that is gone already is no failure. */
	remove(): Promise<void>;
}

export interface PartWriter {
	/** Waits for the disk. Throws `resource-exhausted` when it is full. */
	write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
	/** Puts in place what was written; before that it is lost with the page. */
	close(): Promise<void>;
}

/** Where saves are remembered between visits. */
export interface SaveStore {
	list(): Promise<readonly { readonly record: SaveRecord; readonly part: PartFile | undefined }[]>;
	/** The part is absent for what goes to the browser's downloads. */
	put(record: SaveRecord, part: PartFile | undefined): Promise<void>;
	remove(saveId: SaveId): Promise<void>;
}

/** Which saves are running, in any tab. A tab that goes away, however it goes, holds none. */
export interface SaveLocks {
	/** `undefined` when another tab is at it. Returns the release. */
	hold(saveId: SaveId): Promise<(() => void) | undefined>;
	/** In other tabs and this one. */
	held(): Promise<ReadonlySet<SaveId>>;
}

/** A file the browser saves by itself, from an address it reads like any other. */
export interface Downloads {
	/** Begins it; the source is read as fast as the disk takes it. Returns what ends it. */
	begin(source: ByteSource, fileName: string): Promise<() => void>;
}
