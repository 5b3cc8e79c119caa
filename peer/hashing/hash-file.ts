// One pass over a file for both of its names: SHA-256 of the whole and SHA-1 of every piece. Runs wherever its
// digests do, in a worker of a page as in Node. Rule: each byte is read once, and no more than a few chunks are
// in memory, unless the caller allows the whole file to be. Knows no file system.
import { GiggityflixError } from '../../proto/errors.ts';
import type { HashedFile, OpenFile } from '../ports.ts';

/** The digests of a platform. Their promises may work in other threads, and then they do so side by side. */
export interface Digests {
	sha1(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
	sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
	/** SHA-256 of what comes bit by bit, for files that do not fit into memory. */
	createSha256(): Promise<RunningDigest>;
}

export interface RunningDigest {
	update(bytes: Uint8Array): void;
	digest(): Uint8Array;
}

export interface HashFileOptions {
	readonly sizeBytes: number;
	/** A power of two, at most `chunkBytes`. */
	readonly pieceLengthBytes: number;
	/** Reads the whole file into memory, for platforms whose fast digest takes one piece only. */
	readonly isWholeInMemory: boolean;
	readonly onProgress: (hashedBytes: number) => void;
	readonly signal: AbortSignal;
}

/**
 * How much is read at once: a multiple of every piece length. Reads of 256 KiB are several times slower in
 * browsers; beyond 16 MiB little is gained and memory is lost.
 */
export const chunkBytes = 16 * 1024 * 1024;
const sha1Bytes = 20;

/**
 * `chunks` yields the file in order, `chunkBytes` at a time but for the last; a chunk may be overwritten once the next
 * one is asked for. Throws what it throws, `corrupt` when it is not as long as promised, and `signal.reason`.
 */
export async function hashFile(
	digests: Digests,
	chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
	options: HashFileOptions,
): Promise<HashedFile> {
	const { sizeBytes, pieceLengthBytes, isWholeInMemory, onProgress, signal } = options;
	const pieces = new Uint8Array(Math.ceil(sizeBytes / pieceLengthBytes) * sha1Bytes);
	const whole = isWholeInMemory ? wholeDigest(digests, sizeBytes) : await digests.createSha256();
	let hashedBytes = 0;
	for await (const chunk of chunks) {
		signal.throwIfAborted();
		if (hashedBytes + chunk.length > sizeBytes) throw otherSize();
		// The pieces go to other threads while this one works on the whole.
		const hashing = hashPieces(digests, chunk, pieceLengthBytes);
		whole.update(chunk);
		pieces.set(await hashing, (hashedBytes / pieceLengthBytes) * sha1Bytes);
		hashedBytes += chunk.length;
		onProgress(hashedBytes);
	}
	signal.throwIfAborted();
	if (hashedBytes !== sizeBytes) throw otherSize();
	return { sha256: new Uint8Array(await whole.digest()), pieces };
}

/** The chunks of an open file, one read ahead of whoever hashes them. */
export async function* readChunks(
	file: Pick<OpenFile, 'sizeBytes' | 'read'>,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
	const readAt = (offsetBytes: number) => {
		const reading = file.read(offsetBytes, Math.min(chunkBytes, file.sizeBytes - offsetBytes));
		// Whoever stops half-way leaves the read that runs ahead to itself.
		reading.catch(() => undefined);
		return reading;
	};
	let next = readAt(0);
	for (let offsetBytes = 0; offsetBytes < file.sizeBytes;) {
		const chunk = await next;
		offsetBytes += chunk.length;
		if (offsetBytes < file.sizeBytes) next = readAt(offsetBytes);
		yield chunk;
	}
}

async function hashPieces(
	digests: Digests,
	chunk: Uint8Array<ArrayBuffer>,
	pieceLengthBytes: number,
): Promise<Uint8Array> {
	const hashing: Promise<Uint8Array>[] = [];
	for (let start = 0; start < chunk.length; start += pieceLengthBytes) {
		hashing.push(digests.sha1(chunk.subarray(start, start + pieceLengthBytes)));
	}
	const hashed = await Promise.all(hashing);
	const joined = new Uint8Array(hashed.length * sha1Bytes);
	hashed.forEach((hash, index) => joined.set(hash, index * sha1Bytes));
	return joined;
}

function wholeDigest(digests: Digests, sizeBytes: number) {
	const content = new Uint8Array(sizeBytes);
	let filledBytes = 0;
	return {
		update(bytes: Uint8Array): void {
			content.set(bytes, filledBytes);
			filledBytes += bytes.length;
		},
		digest: () => digests.sha256(content),
	};
}

function otherSize(): GiggityflixError {
	return new GiggityflixError('corrupt', 'the file is not as long as it was when opened');
}
