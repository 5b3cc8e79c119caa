// Hashes files away from the page. The work itself is in noble-hasher.ts.
import { openBrowserFile } from '../browser/browser-file.ts';
import { nobleHasher } from '../browser/noble-hasher.ts';
import { answerCalls } from './answer-calls.ts';
import type { HashCalls } from './hash-protocol.ts';

const hasher = nobleHasher();
/** A call is cancelled from outside, by ending the worker. */
const never = new AbortController().signal;

answerCalls<HashCalls>(self, {
	sha256: async ({ file }) => {
		const output = await hasher.sha256(openBrowserFile(file), never);
		return { output, transfer: [output.buffer] };
	},
});
