// Hashes one file at a time away from the page. The work itself is in peer/hashing/hash-file.ts.
import { hashFile } from '../../../peer/hashing/hash-file.ts';
import { browserDigests } from '../browser/browser-digests.ts';
import { streamChunks } from '../browser/stream-chunks.ts';
import { answerCalls } from './answer-calls.ts';
import type { HashCalls } from './hash-protocol.ts';

const digests = browserDigests();
/** A call is cancelled from outside, by ending the worker. */
const never = new AbortController().signal;

answerCalls<HashCalls>(self, {
	hash: async ({ file, ...options }, onProgress) => {
		const output = await hashFile(digests, streamChunks(file), {
			...options,
			sizeBytes: file.size,
			onProgress,
			signal: never,
		});
		return { output, transfer: [output.sha256.buffer, output.pieces.buffer] };
	},
});
