// One piece from one source, in memory. Believes nothing but its length.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { ByteSource } from '../byte-source.ts';
import type { Pieces } from './film-pieces.ts';

export type PieceSender = Pick<ByteSource, 'read'>;

/** Throws what the source throws, and `internal` when it sends more or less than was asked for. */
export async function fetchPiece(
	source: PieceSender,
	pieces: Pieces,
	index: number,
	onChunk: (bytes: number) => void,
	signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
	const bytes = new Uint8Array(pieces.lengthOf(index));
	const range = { offsetBytes: index * pieces.pieceBytes, lengthBytes: bytes.length };
	let filledBytes = 0;
	for await (const chunk of source.read(range, signal)) {
		if (filledBytes + chunk.length > bytes.length) throw wrongLength();
		bytes.set(chunk, filledBytes);
		filledBytes += chunk.length;
		onChunk(chunk.length);
	}
	if (filledBytes < bytes.length) throw wrongLength();
	return bytes;
}

const wrongLength = () => new GiggityflixError('internal', 'a source has sent another length');
