// What vouches for the bytes of a file that was saved in part: the pieces of its torrent, whose borders need not be
// those of the file. Pure.
import type { Torrent } from '../torrent/parse-torrent.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import { piecesOf, readFilmPieces } from '../transfer/pieces/film-pieces.ts';
import type { ByteSource, ByteSourceFacts } from '../transfer/byte-source.ts';

export interface PartPieces {
	readonly pieceBytes: number;
	/** Where the file begins in its torrent. */
	readonly offsetBytes: number;
	/** Of the whole torrent. */
	readonly totalBytes: number;
	/** Whether these are the bytes of a piece. */
	matches(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
}

export function piecesOfTorrentFile(torrent: Torrent, fileIndex: number): PartPieces {
	const file = torrent.files[fileIndex];
	if (!file) throw new GiggityflixError('not-found', 'no such file in the torrent');
	return {
		...piecesOf(torrent),
		offsetBytes: file.offsetBytes,
		totalBytes: torrent.sizeBytes,
	};
}

/** Those of a film, as its source has them; `undefined` while it is not hashed. */
export async function piecesOfFilm(
	source: ByteSource,
	{ sizeBytes, infoDictionaryBytes: lengthBytes }: ByteSourceFacts,
	piecesId: string | undefined,
	signal: AbortSignal,
): Promise<PartPieces | undefined> {
	if (lengthBytes === undefined) return undefined;
	const infoDictionary = new Uint8Array(lengthBytes);
	let at = 0;
	const range = { offsetBytes: 0, lengthBytes, sideCar: 'info-dictionary' } as const;
	for await (const chunk of source.read(range, signal)) {
		infoDictionary.set(chunk, at);
		at += chunk.length;
	}
	const pieces = readFilmPieces(infoDictionary, { sizeBytes, piecesId });
	return { ...pieces, offsetBytes: 0, totalBytes: sizeBytes };
}
