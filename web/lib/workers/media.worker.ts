// Probes films and takes pictures out of them away from the page, which must not stutter while a
// thousand films are looked at. The work itself is in mediabunny-probe.ts and mediabunny-frames.ts.
import { openBrowserFile } from '../browser/browser-file.ts';
import { mediabunnyFrames } from '../browser/mediabunny-frames.ts';
import { mediabunnyProbe } from '../browser/mediabunny-probe.ts';
import { answerCalls } from './answer-calls.ts';
import type { MediaCalls } from './media-protocol.ts';

const probe = mediabunnyProbe();
const frames = mediabunnyFrames();
/** A call is cancelled from outside, by ending the worker. */
const never = new AbortController().signal;

answerCalls<MediaCalls>(self, {
	probe: async ({ file, path }) => ({
		output: await probe.probe(openBrowserFile(file), path, never),
	}),
	grab: async ({ file, path, ...options }) => {
		const output = await frames.grab(openBrowserFile(file), path, { ...options, signal: never });
		return { output, transfer: output.map(({ image }) => image.buffer) };
	},
});
