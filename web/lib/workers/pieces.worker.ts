// Reads one file at a time in order, for a hash worker, which it gives the bytes, and hashes their pieces where that
// has enough to do with the whole.
import { hashPieces } from '../../../peer/hashing/read-pieces.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { browserSha1 } from '../browser/browser-digests.ts';
import { streamFile, type FileStream } from '../browser/file-stream.ts';
import { answerCalls } from './answer-calls.ts';
import type { PieceCalls } from './hash-protocol.ts';

/** Kept here, because a stream wants to be held. */
let stream: FileStream | undefined;

async function read(spare: ArrayBuffer | undefined): Promise<Uint8Array<ArrayBuffer>> {
	if (stream) return stream.next(spare);
	throw new GiggityflixError('internal', 'no file is open');
}

answerCalls<PieceCalls>(self, {
	open: async ({ file, fromBytes }) => {
		stream = streamFile(file, fromBytes);
		return { output: null };
	},
	read: async ({ spare }) => {
		const output = await read(spare);
		return { output, transfer: [output.buffer] };
	},
	readPieces: async ({ spare, pieceLengthBytes }) => {
		const bytes = await read(spare);
		const pieces = await hashPieces(browserSha1, bytes, pieceLengthBytes);
		return { output: { bytes, pieces }, transfer: [bytes.buffer, pieces.buffer] };
	},
});
