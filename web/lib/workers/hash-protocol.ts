// What the page and a hash worker say to each other. Types only.
import type { HashedFile } from '../../../peer/ports.ts';

// A type and not an interface: only those fit the index signature of WorkerCalls.
export type HashCalls = {
	/** Reports how many bytes are hashed. */
	hash: {
		input: { file: File; pieceLengthBytes: number; isWholeInMemory: boolean };
		output: HashedFile;
	};
};
