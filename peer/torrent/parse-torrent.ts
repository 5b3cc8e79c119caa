// A .torrent, or the metadata a swarm sends, read within limits (https://www.bittorrent.org/beps/bep_0003.html).
// Names come out as text to show, never as paths; sizes and pieces have to agree. Runs in a worker, because
// 2 MiB of it take longer than a frame.
import { GiggityflixError } from '../../proto/errors.ts';
import { isDictionary, readBencode, type BencodeDictionary, type BencodeValue } from './bencode.ts';
import { readHttpSeedUrls } from './http-seed-urls.ts';
import { infoHashOf, type InfoHash } from './info-hash.ts';
import { plainName } from './plain-name.ts';
import { torrentLimits as limits } from './torrent-limits.ts';
import { isPieceLength, pieceCountOf, pieceHashBytesOf } from './torrent-pieces.ts';
import { readTrackerUrls } from './tracker-urls.ts';

export interface Torrent {
	readonly infoHash: InfoHash;
	/** To be shown; empty when nothing of it can be. */
	readonly name: string;
	readonly sizeBytes: number;
	readonly pieceBytes: number;
	/** SHA-1 of each piece, 20 bytes each, one after the other. */
	readonly pieceHashes: Uint8Array<ArrayBuffer>;
	/** In the order of their bytes. Padding between files is left out. */
	readonly files: readonly TorrentFile[];
	/** Of any protocol; empty for metadata from a swarm. */
	readonly trackers: readonly string[];
	/** Web servers that have its files; empty for metadata from a swarm. */
	readonly httpSeeds: readonly string[];
	/** Its files lie in a folder of its name, even if there is only one. */
	readonly isFolder: boolean;
	/** Its makers want it to stay with its trackers (BEP 27). */
	readonly isPrivate: boolean;
	/** The info dictionary as it was written, to pass on to other peers. */
	readonly info: Uint8Array<ArrayBuffer>;
}

export interface TorrentFile {
	/** To be shown. */
	readonly name: string;
	/** To be shown, with "/" between; empty at the top. */
	readonly folder: string;
	readonly offsetBytes: number;
	readonly sizeBytes: number;
}

/** Throws `invalid-argument` when it is no torrent, `unsupported` for version 2 alone, `resource-exhausted` beyond the limits. */
export function parseTorrent(bytes: Uint8Array): Torrent {
	const root = readLimited(bytes);
	const info = root.entries.get('info');
	if (!isDictionary(info)) throw malformed('no info');
	return describe(info, {
		trackers: readTrackerUrls(trackerTexts(root)),
		httpSeeds: readHttpSeedUrls(httpSeedTexts(root)),
	});
}

/**
 * The info dictionary alone, as a swarm sends it. Throws `corrupt` when it is another torrent's, which is the
 * sender's fault; whatever else `parseTorrent` throws is the torrent's own.
 */
export function parseInfo(bytes: Uint8Array, infoHash: InfoHash): Torrent {
	if (bytes.length > limits.maxTorrentBytes) throw tooMuch('bytes');
	if (infoHashOf(bytes) !== infoHash) {
		throw new GiggityflixError('corrupt', 'metadata of another torrent');
	}
	return describe(readLimited(bytes), { trackers: [], httpSeeds: [] });
}

function readLimited(bytes: Uint8Array): BencodeDictionary {
	if (bytes.length > limits.maxTorrentBytes) throw tooMuch('bytes');
	const value = readBencode(bytes, limits);
	if (!isDictionary(value)) throw malformed('not a dictionary');
	return value;
}

function describe(
	info: BencodeDictionary,
	places: Pick<Torrent, 'trackers' | 'httpSeeds'>,
): Torrent {
	const { entries } = info;
	if (!entries.has('pieces') && entries.has('file tree')) {
		throw new GiggityflixError('unsupported', 'a torrent of version 2 alone');
	}
	const pieceBytes = integer(entries.get('piece length'), 'piece length');
	if (!isPieceLength(pieceBytes)) throw malformed('piece length');
	const name = nameIn(entries);
	const { files, sizeBytes } = readFiles(entries, name);
	const pieceHashes = bytesOf(entries.get('pieces'), 'pieces');
	if (pieceHashes.length !== pieceHashBytesOf(sizeBytes, pieceBytes)) throw malformed('pieces');
	if (pieceCountOf({ pieceHashes }) > limits.maxPieces) throw tooMuch('pieces');
	return {
		infoHash: infoHashOf(info.bytes),
		name,
		sizeBytes,
		pieceBytes,
		pieceHashes: Uint8Array.from(pieceHashes),
		files,
		...places,
		isFolder: entries.has('files'),
		isPrivate: entries.get('private') === 1,
		info: Uint8Array.from(info.bytes),
	};
}

type Entries = BencodeDictionary['entries'];

function readFiles(info: Entries, name: string): Pick<Torrent, 'files' | 'sizeBytes'> {
	const list = info.get('files');
	if (list === undefined) {
		const sizeBytes = sizeIn(info);
		if (sizeBytes === 0) throw malformed('no bytes');
		return { files: [{ name, folder: '', offsetBytes: 0, sizeBytes }], sizeBytes };
	}
	if (!Array.isArray(list)) throw malformed('files');
	const written = list as readonly BencodeValue[];
	if (written.length > limits.maxFiles) throw tooMuch('files');
	const files: TorrentFile[] = [];
	let offsetBytes = 0;
	for (const file of written) {
		if (!isDictionary(file)) throw malformed('a file');
		const sizeBytes = sizeIn(file.entries);
		if (!isPadding(file.entries)) files.push({ ...placeIn(file.entries), offsetBytes, sizeBytes });
		offsetBytes += sizeBytes;
		if (offsetBytes > limits.maxSizeBytes) throw tooMuch('length');
	}
	if (offsetBytes === 0) throw malformed('no bytes');
	return { files, sizeBytes: offsetBytes };
}

function sizeIn(entries: Entries): number {
	const sizeBytes = integer(entries.get('length'), 'length');
	if (sizeBytes < 0) throw malformed('length');
	if (sizeBytes > limits.maxSizeBytes) throw tooMuch('length');
	return sizeBytes;
}

/** BEP 47: bytes that only bring the next file to the start of a piece. */
function isPadding(entries: Entries): boolean {
	const attributes = entries.get('attr');
	return attributes instanceof Uint8Array && textOf(attributes).includes('p');
}

function placeIn(entries: Entries): Pick<TorrentFile, 'name' | 'folder'> {
	const path = entries.get('path.utf-8') ?? entries.get('path');
	if (!Array.isArray(path) || path.length === 0) throw malformed('path');
	const parts = path as readonly BencodeValue[];
	if (parts.length > limits.maxPathParts) throw tooMuch('folders');
	const names = parts.map((part) => plainName(textOf(bytesOf(part, 'path'))));
	return { name: names.at(-1) ?? '', folder: names.slice(0, -1).join('/') };
}

function nameIn(entries: Entries): string {
	const name = entries.get('name.utf-8') ?? entries.get('name');
	return plainName(textOf(bytesOf(name, 'name')));
}

function* trackerTexts({ entries }: BencodeDictionary): Generator<string> {
	const first = entries.get('announce');
	if (first instanceof Uint8Array) yield addressText(first);
	const tiers = entries.get('announce-list');
	if (!Array.isArray(tiers)) return;
	for (const tier of tiers as readonly BencodeValue[]) {
		if (!Array.isArray(tier)) continue;
		for (const url of tier as readonly BencodeValue[]) {
			if (url instanceof Uint8Array) yield addressText(url);
		}
	}
}

/** BEP 19: one address, or a list of them. */
function* httpSeedTexts({ entries }: BencodeDictionary): Generator<string> {
	const written = entries.get('url-list');
	const list = Array.isArray(written) ? (written as readonly BencodeValue[]) : [written];
	for (const url of list) if (url instanceof Uint8Array) yield addressText(url);
}

/** One character more than is let through, so that an address too long is no shorter address. */
const addressText = (bytes: Uint8Array) =>
	textOf(bytes.subarray(0, limits.maxAddressCharacters + 1));

function bytesOf(value: BencodeValue | undefined, what: string): Uint8Array {
	if (!(value instanceof Uint8Array)) throw malformed(what);
	return value;
}

function integer(value: BencodeValue | undefined, what: string): number {
	if (typeof value !== 'number') throw malformed(what);
	return value;
}

/** At most four bytes make a character; the rest would be cut anyway. */
function textOf(bytes: Uint8Array): string {
	return new TextDecoder().decode(bytes.subarray(0, limits.maxNameCharacters * 4 + 4));
}

const malformed = (what: string) =>
	new GiggityflixError('invalid-argument', `not a torrent: ${what}`);
const tooMuch = (what: string) =>
	new GiggityflixError('resource-exhausted', `the torrent has too many ${what}`);
