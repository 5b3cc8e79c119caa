// The digests of a browser: WebCrypto for what is in memory, which runs native and in threads of its own, and
// hash-wasm for what is not, because WebCrypto cannot be fed bit by bit.
import { createSHA256 } from 'hash-wasm';
import type { Digests } from '../../../peer/hashing/hash-file.ts';

export function browserDigests(): Digests {
	const digest = async (name: 'SHA-1' | 'SHA-256', bytes: Uint8Array<ArrayBuffer>) =>
		new Uint8Array(await crypto.subtle.digest(name, bytes));
	return {
		sha1: (bytes) => digest('SHA-1', bytes),
		sha256: (bytes) => digest('SHA-256', bytes),
		createSha256: async () => {
			const hash = await createSHA256();
			hash.init();
			return {
				update: (bytes) => void hash.update(bytes),
				digest: () => hash.digest('binary'),
			};
		},
	};
}
