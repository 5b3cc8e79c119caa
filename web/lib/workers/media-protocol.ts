// What the page and its media worker say to each other. Types only.
import type { ProbedFacts } from '../../../peer/ports.ts';

// A type and not an interface: only those fit the index signature of WorkerCalls.
export type MediaCalls = {
	/** Finds out what a film is. */
	probe: { input: { file: File; path: string }; output: ProbedFacts };
	/** Takes pictures out of a film, as `FrameGrabber.grab` does. */
	grab: {
		input: {
			file: File;
			path: string;
			atMs: readonly number[];
			maxWidthPx: number;
			maxBytes: number;
		};
		output: { atMs: number; image: Uint8Array<ArrayBuffer> }[];
	};
};
