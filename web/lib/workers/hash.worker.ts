// Hashes one file at a time away from the page. The work itself is in peer/hashing/hash-file.ts. Reads large slices:
// Chromium now and then never answers a read of a file's stream, when it is the second one of a worker.
import { hashFile, readChunks } from '../../../peer/hashing/hash-file.ts';
import { browserDigests } from '../browser/browser-digests.ts';
import { openBrowserFile } from '../browser/browser-file.ts';
import { answerCalls } from './answer-calls.ts';
import type { HashCalls } from './hash-protocol.ts';

const digests = browserDigests();
/** A call is cancelled from outside, by ending the worker. */
const never = new AbortController().signal;

answerCalls<HashCalls>(self, {
	hash: async ({ file, ...options }, onProgress) => {
		const output = await hashFile(digests, readChunks(openBrowserFile(file)), {
			...options,
			sizeBytes: file.size,
			onProgress,
			signal: never,
		});
		return { output, transfer: [output.sha256.buffer, output.pieces.buffer] };
	},
});
