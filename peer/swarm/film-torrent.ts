// A film's torrent out of its pieces and a name: owners of one content call the file differently, and the name is all
// their torrents differ in. Pure.
import { encodeInfoDictionary } from '../hashing/info-dictionary.ts';
import type { FilmTorrent } from '../peer.ts';
import { infoHashOf } from '../torrent/info-hash.ts';
import { parseInfo, type Torrent } from '../torrent/parse-torrent.ts';

export interface TorrentPieces {
	readonly sizeBytes: number;
	readonly pieceBytes: number;
	/** SHA-1 of each, one after another. */
	readonly pieceHashes: Uint8Array;
}

/** `undefined` when it is the torrent of another content. */
export function filmTorrentOf(
	{ sizeBytes, pieceBytes, pieceHashes }: TorrentPieces,
	{ infoHash, name }: FilmTorrent,
): Torrent | undefined {
	const info = encodeInfoDictionary({
		...{ name, sizeBytes, pieceLengthBytes: pieceBytes, pieces: pieceHashes },
	});
	return infoHashOf(info) === infoHash ? parseInfo(info, infoHash) : undefined;
}
