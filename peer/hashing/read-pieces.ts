// A file in order, chunk by chunk, each with the SHA-1 of its pieces: what a torrent needs, and the half of hashing
// that can be done ahead. Rule: no more than a few chunks are in memory. Does not know who reads on.
import { GiggityflixError } from '../../proto/errors.ts';
import type { OpenFile } from '../ports.ts';
import { sha1Bytes } from '../torrent/torrent-pieces.ts';

/** Some bytes of a file and the hashes of the pieces in them, one after the other. */
export interface PiecedChunk {
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly pieces: Uint8Array<ArrayBuffer>;
}

/**
 * Reads one range that begins where a piece does. Ranges may be asked for side by side, in order. `spare` is the memory of
 * a chunk nobody needs any more, to be filled again: a file of a gibibyte in new memory costs as much as its digest.
 */
export type ReadPieces = (
	offsetBytes: number,
	lengthBytes: number,
	spare?: ArrayBuffer,
) => Promise<PiecedChunk>;

/** SHA-1 of what is in memory. May work in other threads, and then pieces are hashed side by side. */
export type Sha1 = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

/**
 * How much is read at once: a multiple of every piece length. Reads of 256 KiB are several times slower in
 * browsers; beyond 16 MiB little is gained and memory is lost.
 */
export const chunkBytes = 16 * 1024 * 1024;
/**
 * One is being hashed for its pieces while the next is read and one waits, so that neither who reads nor who takes them
 * waits for the other.
 */
const chunksAhead = 3;

/** Reads and hashes in this thread. */
export function pieceReader(
	sha1: Sha1,
	file: Pick<OpenFile, 'read'>,
	pieceLengthBytes: number,
): ReadPieces {
	return async (offsetBytes, lengthBytes, spare) => {
		const bytes = await file.read(offsetBytes, lengthBytes, spare);
		return { bytes, pieces: await hashPieces(sha1, bytes, pieceLengthBytes) };
	};
}

/**
 * The file from `fromBytes` on, some chunks ahead of whoever takes them. A chunk may be overwritten once the next one is
 * asked for. Throws what `readPieces` throws, and `corrupt` when it reads more or less than it was asked for.
 */
export async function* readAhead(
	readPieces: ReadPieces,
	fromBytes: number,
	sizeBytes: number,
): AsyncGenerator<PiecedChunk> {
	const ahead: Promise<PiecedChunk>[] = [];
	let askedBytes = fromBytes;
	const ask = (spare?: ArrayBuffer) => {
		if (askedBytes >= sizeBytes) return;
		const lengthBytes = Math.min(chunkBytes, sizeBytes - askedBytes);
		const reading = readPieces(askedBytes, lengthBytes, spare).then((chunk) => {
			if (chunk.bytes.length === lengthBytes) return chunk;
			throw new GiggityflixError('corrupt', 'the file is not as long as it was when opened');
		});
		// Whoever stops half-way leaves the reads that run ahead to themselves.
		reading.catch(() => undefined);
		ahead.push(reading);
		askedBytes += lengthBytes;
	};
	for (let count = 0; count < chunksAhead; count += 1) ask();
	let spare: ArrayBuffer | undefined;
	for (let reading = ahead.shift(); reading; reading = ahead.shift()) {
		const chunk = await reading;
		ask(spare);
		yield chunk;
		spare = chunk.bytes.buffer;
	}
}

/** The hashes of the pieces in a chunk that begins where one does, one after the other. */
export async function hashPieces(
	sha1: Sha1,
	chunk: Uint8Array<ArrayBuffer>,
	pieceLengthBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
	const hashing: Promise<Uint8Array>[] = [];
	for (let start = 0; start < chunk.length; start += pieceLengthBytes) {
		hashing.push(sha1(chunk.subarray(start, start + pieceLengthBytes)));
	}
	const hashed = await Promise.all(hashing);
	const joined = new Uint8Array(hashed.length * sha1Bytes);
	hashed.forEach((hash, index) => joined.set(hash, index * sha1Bytes));
	return joined;
}
