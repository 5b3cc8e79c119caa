// Reads ranges of a file and hashes their pieces, for a hash worker, which it gives the bytes. Reads large slices:
// Chromium now and then never answers a read of a file's stream, when it is the second one of a worker.
import { pieceReader } from '../../../peer/hashing/read-pieces.ts';
import { browserSha1 } from '../browser/browser-digests.ts';
import { openBrowserFile } from '../browser/browser-file.ts';
import { answerCalls } from './answer-calls.ts';
import type { PieceCalls } from './hash-protocol.ts';

answerCalls<PieceCalls>(self, {
	readPieces: async ({ file, offsetBytes, lengthBytes, pieceLengthBytes }) => {
		const readPieces = pieceReader(browserSha1, openBrowserFile(file), pieceLengthBytes);
		const output = await readPieces(offsetBytes, lengthBytes);
		return { output, transfer: [output.bytes.buffer, output.pieces.buffer] };
	},
});
