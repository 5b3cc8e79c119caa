// A thread that hashes one file after another: it opens the file itself, so no byte crosses threads. Pieces are
// hashed in the threads of WebCrypto while this one works on the whole. Holds a few chunks of a file at most. Node
// does not tell the state of a digest, so there are no checkpoints: a file that was given up is begun anew.
import { createHash, webcrypto } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';
import { hashFile, type Sha256 } from '../hashing/hash-file.ts';
import { pieceReader, type Sha1 } from '../hashing/read-pieces.ts';
import { createRest } from '../hashing/rest.ts';
import type { HashedFile } from '../ports.ts';
import { openOnDisk } from './disk-folder.ts';
import { systemClock } from './system-clock.ts';

/** One version of a file on the disk. */
export interface HashOrder {
	readonly kind: 'hash';
	readonly path: string;
	readonly sizeBytes: number;
	readonly modifiedAtMs: number;
	readonly pieceLengthBytes: number;
}

/** The file in progress rests before its next slice. */
interface RestOrder {
	readonly kind: 'rest';
}

export type HashCommand = HashOrder | RestOrder;

export type HashAnswer =
	| { readonly kind: 'progress'; readonly hashedBytes: number }
	| { readonly kind: 'done'; readonly hashed: HashedFile }
	| { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/** Whoever gives a file up ends the whole thread. */
const never = new AbortController().signal;
const rest = createRest(systemClock);

const sha1: Sha1 = async (bytes) => new Uint8Array(await webcrypto.subtle.digest('SHA-1', bytes));

const sha256: Sha256 = {
	whole: async (bytes) => new Uint8Array(await webcrypto.subtle.digest('SHA-256', bytes)),
	running: async () => {
		const hash = createHash('sha256');
		return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
	},
};

async function fill(order: HashOrder, answer: (answer: HashAnswer) => void): Promise<HashedFile> {
	const file = await openOnDisk(order.path);
	if (file.sizeBytes !== order.sizeBytes || file.modifiedAtMs !== order.modifiedAtMs) {
		throw new GiggityflixError('corrupt', 'the file has changed since it was opened');
	}
	return hashFile(sha256, pieceReader(sha1, file, order.pieceLengthBytes), {
		sizeBytes: file.sizeBytes,
		pieceLengthBytes: order.pieceLengthBytes,
		isWholeInMemory: false,
		rest,
		onProgress: (hashedBytes) => answer({ kind: 'progress', hashedBytes }),
		signal: never,
	});
}

parentPort?.on('message', (command: HashCommand) => {
	if (command.kind === 'rest') {
		rest.begin();
		return;
	}
	const answer = (value: HashAnswer) => parentPort?.postMessage(value);
	fill(command, answer).then(
		(hashed) => answer({ kind: 'done', hashed }),
		(caught: unknown) => {
			const { code, message } = GiggityflixError.from(caught);
			answer({ kind: 'failed', code, message });
		},
	);
});
