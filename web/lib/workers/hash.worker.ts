// Hashes one file at a time away from the page. The work itself is in peer/hashing/hash-file.ts. A worker of its own reads
// for this one. A browser digests in the thread that asks, so the pieces are hashed by whichever has less to do: here
// while a file is collected for the native digest, there while this one works on the whole.
import { hashFile } from '../../../peer/hashing/hash-file.ts';
import { pieceReader, type ReadPieces } from '../../../peer/hashing/read-pieces.ts';
import { createRest } from '../../../peer/hashing/rest.ts';
import { browserSha1, browserSha256 } from '../browser/browser-digests.ts';
import { answerCalls } from './answer-calls.ts';
import type { HashCalls, PieceCalls } from './hash-protocol.ts';
import { createWorkerLine } from './worker-line.ts';

const reader = createWorkerLine<PieceCalls>({
	startWorker: () => new Worker(new URL('./pieces.worker.ts', import.meta.url), { type: 'module' }),
	// It ends with this worker, which ends sooner.
	idleMs: 600_000,
});
const rest = createRest({
	monotonicMs: () => performance.now(),
	sleep: (durationMs) => new Promise((resolve) => setTimeout(resolve, durationMs)),
});
/** A call is cancelled from outside, by ending the worker. */
const never = new AbortController().signal;

const handOver = (spare: ArrayBuffer | undefined) => ({ transfer: spare ? [spare] : [] });

function readHashingHere(pieceLengthBytes: number): ReadPieces {
	const read = (_offsetBytes: number, _lengthBytes: number, spare?: ArrayBuffer) =>
		reader.call('read', { spare }, never, handOver(spare));
	return pieceReader(browserSha1, { read }, pieceLengthBytes);
}

function readHashingThere(pieceLengthBytes: number): ReadPieces {
	return (_offsetBytes, _lengthBytes, spare) =>
		reader.call('readPieces', { spare, pieceLengthBytes }, never, handOver(spare));
}

answerCalls<HashCalls>(self, {
	hash: async ({ file, pieceLengthBytes, isWholeInMemory, resumeFrom }, report) => {
		await reader.call('open', { file, fromBytes: resumeFrom?.hashedBytes ?? 0 }, never);
		const readPieces = (isWholeInMemory ? readHashingHere : readHashingThere)(pieceLengthBytes);
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
