// One pass over a file for both of its names: SHA-256 of the whole and SHA-1 of every piece. Runs wherever its
// digests do, in a worker of a page as in Node. Rule: each byte is read once, and no more than a few chunks are
// in memory, unless the caller allows the whole file to be. Knows no file system.
import type { HashCheckpoint, HashedFile, Hasher } from '../ports.ts';
import { pieceHashBytesOf } from '../torrent/torrent-pieces.ts';
import type { Rest } from './rest.ts';
import { chunkBytes, readAhead, type ReadPieces } from './read-pieces.ts';

/** SHA-256 as a platform has it. */
export interface Sha256 {
	/** Of what is in memory. */
	whole(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array>;
	/** Of what comes bit by bit, for files that do not fit into memory. Throws `corrupt` for a state it cannot read. */
	running(savedState?: Uint8Array): Promise<RunningDigest>;
}

export interface RunningDigest {
	update(bytes: Uint8Array): void;
	digest(): Uint8Array;
	/** All that is needed to go on later; absent where the platform does not tell. */
	readonly save?: () => Uint8Array<ArrayBuffer>;
}

export interface HashFileOptions {
	readonly sizeBytes: number;
	/** A power of two, at most `chunkBytes`. */
	readonly pieceLengthBytes: number;
	/** Keeps the whole file in memory, for platforms whose fast digest takes one piece only. Cannot be resumed. */
	readonly isWholeInMemory: boolean;
	readonly resumeFrom?: HashCheckpoint | undefined;
	/** Kept before each chunk. */
	readonly rest: Pick<Rest, 'over'>;
	readonly onProgress: Parameters<Hasher['hash']>[1]['onProgress'];
	readonly signal: AbortSignal;
}

/** About a second of work is all that is lost. A checkpoint is a write of up to 320 KiB, so rather not more often. */
export const checkpointBytes = 16 * chunkBytes;

/** Throws what `readAhead` throws, and `signal.reason`. */
export async function hashFile(
	sha256: Sha256,
	readPieces: ReadPieces,
	options: HashFileOptions,
): Promise<HashedFile> {
	const { sizeBytes, pieceLengthBytes, resumeFrom, rest, onProgress, signal } = options;
	const whole: RunningWhole = options.isWholeInMemory
		? collect(sha256, sizeBytes)
		: await sha256.running(resumeFrom?.sha256State);
	const pieces = new Uint8Array(pieceHashBytesOf(sizeBytes, pieceLengthBytes));
	if (resumeFrom) pieces.set(resumeFrom.pieces);
	let hashedBytes = resumeFrom?.hashedBytes ?? 0;
	for await (const chunk of readAhead(readPieces, hashedBytes, sizeBytes)) {
		signal.throwIfAborted();
		await rest.over(signal);
		const pieceStart = pieceHashBytesOf(hashedBytes, pieceLengthBytes);
		hashedBytes += chunk.bytes.length;
		whole.update(chunk.bytes);
		pieces.set(chunk.pieces, pieceStart);
		const isDue = hashedBytes % checkpointBytes === 0 && hashedBytes < sizeBytes;
		const sha256State = isDue ? whole.save?.() : undefined;
		const pieceEnd = pieceStart + chunk.pieces.length;
		onProgress(
			hashedBytes,
			sha256State && { hashedBytes, pieces: pieces.slice(0, pieceEnd), sha256State },
		);
	}
	signal.throwIfAborted();
	return { sha256: new Uint8Array(await whole.digest()), pieces };
}

interface RunningWhole extends Omit<RunningDigest, 'digest'> {
	digest(): Uint8Array | Promise<Uint8Array>;
}

function collect(sha256: Sha256, sizeBytes: number): RunningWhole {
	const content = new Uint8Array(sizeBytes);
	let filledBytes = 0;
	return {
		update(bytes) {
			content.set(bytes, filledBytes);
			filledBytes += bytes.length;
		},
		digest: () => sha256.whole(content),
	};
}
