// The info dictionary of a BitTorrent v1 torrent with one file (BEP 3): the few bytes that name its content,
// and whose SHA-1 is the info hash a magnet link carries. Written only; torrents of strangers are parsed elsewhere.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';

export interface TorrentContent {
	/** Name other programs save the file under; never a path. */
	readonly name: string;
	readonly sizeBytes: number;
	readonly pieceLengthBytes: number;
	/** SHA-1 of each piece, one after the other. */
	readonly pieces: Uint8Array;
}

/** Bencoded, with the keys in the order BEP 3 asks for, so that equal content gives equal bytes. */
export function encodeInfoDictionary(content: TorrentContent): Uint8Array<ArrayBuffer> {
	return concatBytes(
		utf8ToBytes('d'),
		...[text('length'), whole(content.sizeBytes)],
		...[text('name'), text(content.name)],
		...[text('piece length'), whole(content.pieceLengthBytes)],
		...[text('pieces'), bytes(content.pieces)],
		utf8ToBytes('e'),
	);
}

/** Names the pieces and nothing else (`FileOffer.pieces_id`), 64 hexadecimal digits: what the file is called does not matter. */
export function piecesIdOf(content: Omit<TorrentContent, 'name'>): string {
	return bytesToHex(sha256(encodeInfoDictionary({ ...content, name: '' })));
}

function whole(value: number): Uint8Array {
	return utf8ToBytes(`i${String(value)}e`);
}

function text(value: string): Uint8Array {
	return bytes(utf8ToBytes(value));
}

function bytes(value: Uint8Array): Uint8Array {
	return concatBytes(utf8ToBytes(`${String(value.length)}:`), value);
}
