// What webtorrent is told of a torrent: sizes, hashes, numbers for names, and which pieces are there already. Pure.
import type { ParsedTorrent } from './webtorrent.ts';
import type { SwarmContent } from '../swarm/swarm.ts';
import type { Torrent } from '../torrent/parse-torrent.ts';
import { pieceCountOf, sha1Bytes } from '../torrent/torrent-pieces.ts';

export function parsedTorrentOf(torrent: Torrent, announce: readonly string[]): ParsedTorrent {
	const { infoHash, sizeBytes, pieceBytes } = torrent;
	return {
		...{ infoHash, announce, urlList: [], name: '', info: {} },
		files: [{ name: '0', path: '0', length: sizeBytes, offset: 0 }],
		length: sizeBytes,
		pieceLength: pieceBytes,
		lastPieceLength: sizeBytes % pieceBytes || pieceBytes,
		pieces: hexOfHashes(torrent.pieceHashes),
	};
}

export function hasPiece(content: SwarmContent | undefined, piece: number): boolean {
	return content !== undefined && (content.isComplete || content.has(piece));
}

/** Which pieces are there, the first in the highest bit. */
export function bitfieldOf(torrent: Torrent, content: SwarmContent | undefined): Uint8Array {
	const bits = new Uint8Array(Math.ceil(pieceCountOf(torrent) / 8));
	for (let piece = 0; piece < pieceCountOf(torrent); piece += 1) {
		if (hasPiece(content, piece))
			bits[piece >> 3] = (bits[piece >> 3] ?? 0) | (0x80 >> (piece & 7));
	}
	return bits;
}

/** The smallest .torrent of an info dictionary, as peers ask for it. */
export function metadataOf({ info }: Torrent): Uint8Array {
	const before = new TextEncoder().encode('d4:info');
	const metadata = new Uint8Array(before.length + info.length + 1);
	metadata.set(before);
	metadata.set(info, before.length);
	metadata.set([0x65], metadata.length - 1);
	return metadata;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexOfHashes(hashes: Uint8Array): string[] {
	const pieces: string[] = [];
	for (let at = 0; at < hashes.length; at += sha1Bytes) {
		let hex = '';
		for (const byte of hashes.subarray(at, at + sha1Bytes)) hex += hexOfByte[byte] ?? '';
		pieces.push(hex);
	}
	return pieces;
}
