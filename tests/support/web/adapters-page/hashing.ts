// The calls that hash files: through the worker the app is built with, and each part of that alone, for those who measure
// what a browser allows.
import type { OpenFile } from '../../../../peer/ports.ts';
import { browserSha256 } from '../../../../web/lib/browser/browser-digests.ts';
import { nativeFileOf } from '../../../../web/lib/browser/browser-file.ts';
import { streamFile, type FileStream } from '../../../../web/lib/browser/file-stream.ts';
import { pageHasher } from '../../../../web/lib/workers/worker-hasher.ts';
import type { FileName, Handlers } from './calls.ts';

type HashingHandlers = Pick<
	Handlers,
	'hash' | 'hashAll' | 'readAlone' | 'digestAlone' | 'createTorrent'
>;

const never = new AbortController().signal;
const hasher = pageHasher();
/** Kept here, because a stream wants to be held. */
let held: FileStream | undefined;

export const hashingHandlers = (
	openNow: (name: FileName) => Promise<OpenFile>,
): HashingHandlers => ({
	hash: async ({ pieceLengthBytes, ...name }) => {
		const progress: number[] = [];
		const { sha256, pieces } = await hasher.hash(await openNow(name), {
			pieceLengthBytes,
			onProgress: (hashedBytes) => progress.push(hashedBytes),
			signal: never,
		});
		return { sha256: hexOf(sha256), pieces: hexOf(pieces), progress };
	},
	hashAll: async ({ folder, paths, pieceLengthBytes, coreCount }) => {
		const files = await Promise.all(paths.map((path) => openNow({ folder, path })));
		const pool = pageHasher(coreCount);
		const options = { pieceLengthBytes, onProgress: () => undefined, signal: never };
		const waiting = [...files];
		const startedAtMs = performance.now();
		const takeAll = async () => {
			for (let file = waiting.shift(); file; file = waiting.shift()) await pool.hash(file, options);
		};
		await Promise.all(Array.from({ length: pool.maxFilesAtOnce }, takeAll));
		return {
			maxFilesAtOnce: pool.maxFilesAtOnce,
			durationMs: performance.now() - startedAtMs,
		};
	},
	readAlone: async (name) => {
		const file = nativeFileOf(await openNow(name));
		held = streamFile(file, 0);
		let chunk: Uint8Array<ArrayBuffer> | undefined;
		for (let readBytes = 0; readBytes < file.size; readBytes += chunk.length) {
			chunk = await held.next(chunk?.buffer);
		}
		return null;
	},
	digestAlone: async ({ mebibytes, isWhole }) => {
		const bytes = new Uint8Array((isWhole ? mebibytes : 16) * 1024 * 1024).fill(1);
		const running = await browserSha256.running();
		const startedAtMs = performance.now();
		if (isWhole) await browserSha256.whole(bytes);
		else for (let done = 0; done < mebibytes; done += 16) running.update(bytes);
		return { durationMs: performance.now() - startedAtMs };
	},
	createTorrent: async ({ pieceLengthBytes: pieceLength, ...name }) => {
		const { default: createTorrent } = await import('create-torrent');
		const { native } = await openNow(name);
		return new Promise((resolve, reject) => {
			createTorrent(native, { pieceLength, announceList: [] }, (error, torrent) =>
				error ? reject(error) : resolve(torrent.length),
			);
		});
	},
});

function hexOf(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
