// Hashing by a pool of workers: the port as the page uses it. One file for each worker, because one SHA-256 cannot
// be shared out. Each has another that reads for it, so there are half as many files as cores.
import type { Hasher } from '../../../peer/ports.ts';
import { nativeFileOf } from '../browser/browser-file.ts';
import type { HashCalls } from './hash-protocol.ts';
import { createWorkerLine, type LineWorker } from './worker-line.ts';

const idleMs = 30_000;
const mebibyte = 1024 * 1024;
/**
 * Largest file that is read whole for the native digest, which makes a copy of its own: 2 GiB for as long as it takes.
 * Beyond that WebAssembly hashes chunk by chunk.
 */
const maxWholeBytes = 1024 * mebibyte;
/** What is cheap enough to be read whole by all workers at once. */
const smallWholeBytes = 64 * mebibyte;

export interface WorkerHasherOptions {
	readonly startWorker: () => LineWorker;
	readonly coreCount: number;
	/** Memory of the device in GiB, as far as the browser tells. */
	readonly memoryGibibytes: number;
}

/** Workers start when they are needed. One large file at a time is in memory, and at most an eighth of what there is. */
export function workerHasher(options: WorkerHasherOptions): Hasher {
	const maxFilesAtOnce = Math.max(1, Math.floor(options.coreCount / 2));
	const lines = Array.from({ length: maxFilesAtOnce }, () => ({
		line: createWorkerLine<HashCalls>({ startWorker: options.startWorker, idleMs }),
		fileCount: 0,
	}));
	const wholeBytes = Math.min(maxWholeBytes, options.memoryGibibytes * 128 * mebibyte);
	let isLargeInMemory = false;

	return {
		maxFilesAtOnce,
		rest() {
			for (const { line } of lines) line.tell('rest', null);
		},
		hash: async (file, { pieceLengthBytes, resumeFrom, onProgress, signal }) => {
			// What was begun bit by bit goes on so.
			const mayBeWhole = !resumeFrom && file.sizeBytes <= Math.max(wholeBytes, smallWholeBytes);
			const isSmall = file.sizeBytes <= smallWholeBytes;
			const isLargeWhole = mayBeWhole && !isSmall && !isLargeInMemory;
			const isWholeInMemory = (mayBeWhole && isSmall) || isLargeWhole;
			const lane = lines.reduce((one, other) => (other.fileCount < one.fileCount ? other : one));
			if (isLargeWhole) isLargeInMemory = true;
			lane.fileCount += 1;
			try {
				return await lane.line.call(
					'hash',
					{ file: nativeFileOf(file), pieceLengthBytes, isWholeInMemory, resumeFrom },
					signal,
					{
						onProgress: ({ hashedBytes, checkpoint }) => onProgress(hashedBytes, checkpoint),
					},
				);
			} finally {
				lane.fileCount -= 1;
				if (isLargeWhole) isLargeInMemory = false;
			}
		},
	};
}

/** The pool of this page, for the cores it has. */
export function pageHasher(coreCount = navigator.hardwareConcurrency): Hasher {
	return workerHasher({
		startWorker: () => new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' }),
		coreCount,
		// Chromium alone tells; elsewhere a middling device is assumed.
		memoryGibibytes: 'deviceMemory' in navigator ? Number(navigator.deviceMemory) : 4,
	});
}
