// What the page and a hash worker say to each other, and a hash worker and the worker that reads for it. Types only.
import type { PiecedChunk } from '../../../peer/hashing/read-pieces.ts';
import type { HashCheckpoint, HashedFile } from '../../../peer/ports.ts';

// Types and not interfaces: only those fit the index signature of WorkerCalls.
export type HashCalls = {
	/** Reports how many bytes are hashed. */
	hash: {
		input: {
			file: File;
			pieceLengthBytes: number;
			isWholeInMemory: boolean;
			resumeFrom?: HashCheckpoint | undefined;
		};
		output: HashedFile;
		progress: { hashedBytes: number; checkpoint: HashCheckpoint | undefined };
	};
	/** The file in progress rests before its next slice; told, not asked. */
	rest: { input: null; output: null };
};

export type PieceCalls = {
	/** Begins to read a file in order, from where a piece begins. */
	open: { input: { file: File; fromBytes: number }; output: null };
	/** The next chunk. `spare` is the memory of an earlier one, and is used again. */
	read: { input: { spare: ArrayBuffer | undefined }; output: Uint8Array<ArrayBuffer> };
	/** The next chunk with its pieces. */
	readPieces: {
		input: { spare: ArrayBuffer | undefined; pieceLengthBytes: number };
		output: PiecedChunk;
	};
};
