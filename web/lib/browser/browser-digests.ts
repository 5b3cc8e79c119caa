// The digests of a browser: WebCrypto for what is in memory, which runs native, and hash-wasm for what is not,
// because WebCrypto cannot be fed bit by bit and no page can use the SHA instructions of a processor otherwise.
// Chromium digests in the thread that asks, so whoever wants two digests side by side asks from two workers.
import { createSHA256, type IHasher } from 'hash-wasm';
import type { Sha256 } from '../../../peer/hashing/hash-file.ts';
import type { Sha1 } from '../../../peer/hashing/read-pieces.ts';
import { GiggityflixError } from '../../../proto/errors.ts';

export const browserSha1: Sha1 = async (bytes) =>
	new Uint8Array(await crypto.subtle.digest('SHA-1', bytes));

export const browserSha256: Sha256 = {
	whole: async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)),
	running: async (savedState) => {
		const hash = await createSHA256();
		hash.init();
		if (savedState) load(hash, savedState);
		return {
			update: (bytes) => void hash.update(bytes),
			digest: () => hash.digest('binary'),
			save: () => new Uint8Array(hash.save()),
		};
	},
};

/** Another release of hash-wasm may not read what this one saved, and says so. */
function load(hash: IHasher, state: Uint8Array): void {
	try {
		hash.load(state);
	} catch (cause) {
		throw new GiggityflixError('corrupt', 'the saved digest cannot be read', { cause });
	}
}
