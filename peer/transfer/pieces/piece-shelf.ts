// Verified pieces of films that outlive the page: a port. A piece counts once it is written for good; whoever takes
// it back checks it again, for disks forget. The browser's adapter keeps them in origin-private storage.
import type { CatalogId } from '../../../proto/ids.ts';

/** The pieces of one film. */
export interface PieceShelf {
	has(index: number): boolean;
	/** `undefined` when it cannot be read. */
	load(index: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
	/**
	 * Writes a verified piece when there is room. Resolves with whether it is there, once that is known; never rejects. The
	 * bytes stay the caller's and do not change.
	 */
	keep(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
	/** It turned out to be damaged. */
	drop(index: number): void;
}

/** What has to be known of a film to go on with it after a reload. */
export interface ShelvedFilm {
	/** 64 hexadecimal digits. */
	readonly piecesId: string;
	/** As it was asked for. */
	readonly catalogId: CatalogId;
	/** Only text. */
	readonly fileName: string;
	readonly sizeBytes: number;
	/** Of the file of the owner who was believed; another time means another version. */
	readonly modifiedAtMs: number;
	readonly pieceBytes: number;
}

/** A film as it is listed for a person. */
export interface KeptFilm extends ShelvedFilm {
	readonly keptBytes: number;
	readonly usedAtMs: number;
}

/** The shelves of all films. No method throws: what cannot be kept is fetched again. */
export interface PieceShelves {
	/** The film kept under an id, with the info dictionary its pieces are verified by. */
	find(
		wanted: { readonly catalogId: CatalogId } | { readonly piecesId: string },
	): Promise<
		{ readonly film: ShelvedFilm; readonly infoDictionary: Uint8Array<ArrayBuffer> } | undefined
	>;
	/** The shelf of a film, made when there is none; `undefined` when there is no room. */
	open(film: ShelvedFilm, infoDictionary: Uint8Array<ArrayBuffer>): Promise<PieceShelf | undefined>;
	/** Last used first. */
	list(): Promise<readonly KeptFilm[]>;
	remove(piecesId: string): Promise<void>;
	removeAll(): Promise<void>;
}
