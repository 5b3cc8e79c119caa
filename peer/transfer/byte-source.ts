// Anything whose ranges can be read: a file on this disk, a remote peer, a file of a swarm and of HTTP seeds.
// The rule: bounded memory, a range at a time, every read cancellable. Knows nothing of who reads.
import { GiggityflixError } from '../../proto/errors.ts';

/** What can be said of a source before the first byte. */
export interface ByteSourceFacts {
	readonly sizeBytes: number;
	/** Names the version; a source whose file changes fails with `corrupt`. */
	readonly modifiedAtMs: number;
	readonly mimeType: string;
	/** Only text; safe to show, not to use as a path. */
	readonly fileName: string;
	readonly sideCars: readonly SideCarFacts[];
	/** Of the info dictionary with the hashes of the film's pieces; absent while it is not hashed. */
	readonly infoDictionaryBytes?: number;
}

export interface SideCarFacts {
	/** Counted from 1. */
	readonly index: number;
	readonly fileName: string;
	readonly sizeBytes: number;
	/** BCP 47, empty when unknown. */
	readonly language: string;
}

export interface ByteSource {
	/** Throws `GiggityflixError` when the source cannot be had; may be called again. */
	open(signal: AbortSignal): Promise<ByteSourceFacts>;
	/**
	 * The bytes of `[offsetBytes, offsetBytes + lengthBytes)` in order, in chunks of any size. Leaving the loop or aborting
	 * `signal` cancels the transfer. At most `readAheadBytes` wait for a slow reader. Throws `GiggityflixError`.
	 */
	read(range: ByteRange, signal: AbortSignal): AsyncIterable<Uint8Array<ArrayBuffer>>;
	/** Lets go of what it holds; running reads end with `cancelled`. */
	close(): void;
}

export interface ByteRange {
	readonly offsetBytes: number;
	readonly lengthBytes: number;
	/** 0 or absent for the film; otherwise `SideCarFacts.index`, or the info dictionary of its torrent. */
	readonly sideCar?: number | 'info-dictionary';
	/** Worth deflating on the way, as an index is and media is not. The bytes that come are the same. */
	readonly isDeflatable?: boolean;
}

/** Throws `invalid-argument` for a range that a file of this size does not have. */
export function requireWithin(
	{ offsetBytes, lengthBytes }: ByteRange,
	{ sizeBytes }: { readonly sizeBytes: number },
): void {
	if (offsetBytes + lengthBytes <= sizeBytes) return;
	throw new GiggityflixError('invalid-argument', 'the range is beyond the end of the file');
}
