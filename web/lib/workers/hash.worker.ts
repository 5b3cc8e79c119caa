// Hashes one file at a time away from the page. The work itself is in peer/hashing/hash-file.ts. Two workers of its own
// read and hash pieces, in turns, while this one works on the whole: a browser digests in the thread that asks.
import { hashFile } from '../../../peer/hashing/hash-file.ts';
import type { ReadPieces } from '../../../peer/hashing/read-pieces.ts';
import { browserSha256 } from '../browser/browser-digests.ts';
import { answerCalls } from './answer-calls.ts';
import type { HashCalls, PieceCalls } from './hash-protocol.ts';
import { createWorkerLine } from './worker-line.ts';

/** They end with this worker, which ends sooner. */
const idleMs = 600_000;
const startLine = () =>
	createWorkerLine<PieceCalls>({
		startWorker: () =>
			new Worker(new URL('./pieces.worker.ts', import.meta.url), { type: 'module' }),
		idleMs,
	});
let [next, other] = [startLine(), startLine()];
/** A call is cancelled from outside, by ending the worker. */
const never = new AbortController().signal;

answerCalls<HashCalls>(self, {
	hash: async ({ file, pieceLengthBytes, isWholeInMemory, resumeFrom }, report) => {
		const readPieces: ReadPieces = (offsetBytes, lengthBytes) => {
			[next, other] = [other, next];
			return next.call('readPieces', { file, offsetBytes, lengthBytes, pieceLengthBytes }, never);
		};
		const output = await hashFile(browserSha256, readPieces, {
			...{ sizeBytes: file.size, pieceLengthBytes, isWholeInMemory, resumeFrom },
			onProgress: (hashedBytes, checkpoint) => report({ hashedBytes, checkpoint }),
			signal: never,
		});
		return { output, transfer: [output.sha256.buffer, output.pieces.buffer] };
	},
});
