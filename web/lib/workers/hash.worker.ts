// Hashes one file at a time away from the page. The work itself is in peer/hashing/hash-file.ts. Two workers of its own
// take turns at reading and hash the pieces while this one works on the whole: a browser digests in the thread that asks,
// so one of them waits for the disk while the other is at work.
import { hashFile } from '../../../peer/hashing/hash-file.ts';
import { chunkBytes, type ReadPieces } from '../../../peer/hashing/read-pieces.ts';
import { createRest } from '../../../peer/hashing/rest.ts';
import { browserSha256 } from '../browser/browser-digests.ts';
import { answerCalls } from './answer-calls.ts';
import type { HashCalls, PieceCalls } from './hash-protocol.ts';
import { createWorkerLine } from './worker-line.ts';

const startReader = () =>
	createWorkerLine<PieceCalls>({
		startWorker: () =>
			new Worker(new URL('./pieces.worker.ts', import.meta.url), { type: 'module' }),
		// It ends with this worker, which ends sooner.
		idleMs: 600_000,
	});
const readers = [startReader(), startReader()] as const;
const rest = createRest({
	monotonicMs: () => performance.now(),
	sleep: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
});
/** A call is cancelled from outside, by ending the worker. */
const never = new AbortController().signal;

answerCalls<HashCalls>(self, {
	hash: async ({ file, pieceLengthBytes, isWholeInMemory, resumeFrom }, report) => {
		const readPieces: ReadPieces = (offsetBytes, lengthBytes) => {
			const reader = readers[(offsetBytes / chunkBytes) % 2 === 0 ? 0 : 1];
			return reader.call('readPieces', { file, offsetBytes, lengthBytes, pieceLengthBytes }, never);
		};
		const output = await hashFile(browserSha256, readPieces, {
			...{ sizeBytes: file.size, pieceLengthBytes, isWholeInMemory, resumeFrom, rest },
			onProgress: (hashedBytes, checkpoint) => report({ hashedBytes, checkpoint }),
			signal: never,
		});
		return { output, transfer: [output.sha256.buffer, output.pieces.buffer] };
	},
	rest: async () => {
		rest.begin();
		return { output: null };
	},
});
