// SHA-256 of whole files with @noble/hashes, because WebCrypto hashes in one piece only and a film does
// not fit into memory. Two chunks are in memory at a time: one is read while the other is hashed. Runs in
// any thread; the page uses it through worker-hasher.ts.
import { sha256 } from '@noble/hashes/sha2.js';
import type { Hasher } from '../../../peer/ports.ts';

/** Reads of 256 KiB are several times slower than of megabytes; beyond 8 MiB nothing is gained. */
const chunkBytes = 8 * 1024 * 1024;

export function nobleHasher(): {
	sha256(...args: Parameters<Hasher['sha256']>): Promise<Uint8Array<ArrayBuffer>>;
} {
	return {
		sha256: async (file, signal) => {
			const hash = sha256.create();
			const readAt = (offsetBytes: number) =>
				file.read(offsetBytes, Math.min(chunkBytes, file.sizeBytes - offsetBytes));
			let next = readAt(0);
			for (let offsetBytes = 0; offsetBytes < file.sizeBytes;) {
				signal.throwIfAborted();
				const chunk = await next;
				offsetBytes += chunk.length;
				if (offsetBytes < file.sizeBytes) next = readAt(offsetBytes);
				hash.update(chunk);
			}
			await next;
			return new Uint8Array(hash.digest());
		},
	};
}
