// Hashing with Node's own crypto: pieces in the threads of WebCrypto, the whole file bit by bit on this one, which
// other work gets back after every chunk. Never holds more than a few chunks.
import { createHash, webcrypto } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hashFile, readChunks, type Digests } from '../hashing/hash-file.ts';
import type { Hasher } from '../ports.ts';

export function nodeHasher(maxFilesAtOnce = Math.max(1, availableParallelism() - 1)): Hasher {
	return {
		maxFilesAtOnce,
		hash: (file, options) =>
			hashFile(nodeDigests, readChunks(file), {
				...options,
				sizeBytes: file.sizeBytes,
				isWholeInMemory: false,
			}),
	};
}

const nodeDigests: Digests = {
	sha1: (bytes) => digest('SHA-1', bytes),
	sha256: (bytes) => digest('SHA-256', bytes),
	createSha256: async () => {
		const hash = createHash('sha256');
		return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
	},
};

async function digest(name: 'SHA-1' | 'SHA-256', bytes: Uint8Array<ArrayBuffer>) {
	return new Uint8Array(await webcrypto.subtle.digest(name, bytes));
}
