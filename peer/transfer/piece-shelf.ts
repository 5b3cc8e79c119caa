// Verified pieces of films that outlive the page: a port. A piece counts once it is written for good; whoever takes
// it back checks it again, for disks forget. The browser's adapter keeps them in origin-private storage.

/** The pieces of one film. */
export interface PieceShelf {
	has(index: number): boolean;
	/** `undefined` when it cannot be read. */
	load(index: number): Promise<Uint8Array<ArrayBuffer> | undefined>;
	/** Writes a verified piece when there is room; nobody waits for it. The bytes stay the caller's and do not change. */
	keep(index: number, bytes: Uint8Array<ArrayBuffer>): void;
	/** It turned out to be damaged. */
	drop(index: number): void;
}
