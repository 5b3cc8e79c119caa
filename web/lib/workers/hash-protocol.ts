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
	/** Reads a range that begins where a piece does. */
	readPieces: {
		input: { file: File; offsetBytes: number; lengthBytes: number; pieceLengthBytes: number };
		output: PiecedChunk;
	};
};
