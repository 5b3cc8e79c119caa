// The torrent of a file as create-torrent makes it, which everybody's clients agree with: what ours is compared with.
import createTorrent from 'create-torrent';
import { createHash } from 'node:crypto';

export interface ReferenceTorrent {
	readonly infoDictionary: Buffer;
	/** SHA-1 of the info dictionary, in hexadecimal. */
	readonly infoHash: string;
}

/** Reads the file by pieces, whatever its size. */
export async function referenceTorrentOf(
	path: string,
	pieceLengthBytes: number,
): Promise<ReferenceTorrent> {
	const torrent = await new Promise<Uint8Array>((resolve, reject) => {
		const options = { pieceLength: pieceLengthBytes, announceList: [] };
		createTorrent(path, options, (error, made) => (error ? reject(error) : resolve(made)));
	});
	const bytes = Buffer.from(torrent);
	// The last value of the dictionary around it.
	const infoDictionary = bytes.subarray(bytes.indexOf('4:infod') + '4:info'.length, -1);
	return { infoDictionary, infoHash: createHash('sha1').update(infoDictionary).digest('hex') };
}
