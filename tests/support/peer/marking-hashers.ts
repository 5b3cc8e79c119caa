// Hashers for tests of the core: a digest is the first letter of the file, again and again.
import type { HashedFile, Hasher, OpenFile } from '../../../peer/ports.ts';

/** A hasher whose files are finished by hand. */
export function handHasher(maxFilesAtOnce = 1) {
	interface Begun {
		readonly text: string;
		readonly signal: AbortSignal;
		progress(share: number): void;
		finish(): void;
		fail(error: Error): void;
	}
	const begun: Begun[] = [];
	const rests: number[] = [];
	const hasher: Hasher = {
		maxFilesAtOnce,
		rest: () => rests.push(begun.length),
		hash: async (file: OpenFile, { onProgress, signal }) => {
			const text = new TextDecoder().decode(await file.read(0, file.sizeBytes));
			return new Promise<HashedFile>((resolve, reject) => {
				signal.addEventListener('abort', () => reject(signal.reason as Error));
				begun.push({
					text,
					signal,
					progress: (share) => onProgress(file.sizeBytes * share),
					finish: () => resolve(hashedOf(text)),
					fail: reject,
				});
			});
		},
	};
	const texts = () => begun.map(({ text }) => text);
	return { hasher, begun, rests, texts };
}

const hashedOf = (text: string): HashedFile => ({
	sha256: new Uint8Array(32).fill(text.charCodeAt(0)),
	pieces: new Uint8Array(20).fill(text.charCodeAt(0)),
});
/** What they make of a text. */
export const mediaIdOf = (text: string) => text.charCodeAt(0).toString(16).repeat(32);

/** Hashes at once and counts. */
export function quickHasher() {
	const texts: string[] = [];
	const hasher: Hasher = {
		maxFilesAtOnce: 3,
		rest: () => undefined,
		hash: async (file) => {
			const text = new TextDecoder().decode(await file.read(0, file.sizeBytes));
			texts.push(text);
			return hashedOf(text);
		},
	};
	return { hasher, texts };
}
