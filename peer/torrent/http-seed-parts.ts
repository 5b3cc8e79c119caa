// Where the bytes of a torrent lie on an HTTP seed (BEP 19): a range of the torrent as ranges of its files there.
// Names become escaped parts of an address and nothing else. Pure.
import type { ByteRange } from '../transfer/byte-source.ts';
import type { Torrent, TorrentFile } from './parse-torrent.ts';

export interface HttpSeedPart {
	readonly lengthBytes: number;
	/** Absent: zeros between two files, which no server has. */
	readonly file?: {
		/** `undefined` when its name cannot be part of an address. */
		readonly url: string | undefined;
		/** Where the part begins in it. */
		readonly offsetBytes: number;
		readonly sizeBytes: number;
	};
}

export type SeededTorrent = Pick<Torrent, 'name' | 'isFolder' | 'files'>;

/** In order, together as long as the range. */
export function httpSeedParts(
	seedUrl: string,
	torrent: SeededTorrent,
	{ offsetBytes, lengthBytes }: ByteRange,
): HttpSeedPart[] {
	const parts: HttpSeedPart[] = [];
	const endBytes = offsetBytes + lengthBytes;
	let at = offsetBytes;
	for (const file of torrent.files) {
		const end = Math.min(endBytes, file.offsetBytes + file.sizeBytes);
		if (end <= at) continue;
		if (file.offsetBytes >= endBytes) break;
		if (file.offsetBytes > at) {
			parts.push({ lengthBytes: file.offsetBytes - at });
			at = file.offsetBytes;
		}
		const url = urlOf(seedUrl, torrent, file);
		const place = { url, offsetBytes: at - file.offsetBytes, sizeBytes: file.sizeBytes };
		parts.push({ lengthBytes: end - at, file: place });
		at = end;
	}
	if (at < endBytes) parts.push({ lengthBytes: endBytes - at });
	return parts;
}

/** The address of the only file, or of the folder it lies in; a torrent of several lies in a folder of its name. */
function urlOf(seedUrl: string, torrent: SeededTorrent, file: TorrentFile): string | undefined {
	const isWhole = !torrent.isFolder && !seedUrl.endsWith('/');
	if (isWhole) return seedUrl;
	const folders = torrent.isFolder ? [torrent.name, ...file.folder.split('/')] : [];
	const names = [...folders.filter((name) => name !== ''), file.name];
	// Browsers take dots for steps to another folder, escaped or not.
	if (names.some((name) => /^\.{0,2}$/.test(name))) return undefined;
	const folderUrl = seedUrl.endsWith('/') ? seedUrl : `${seedUrl}/`;
	return `${folderUrl}${names.map(encodeURIComponent).join('/')}`;
}
