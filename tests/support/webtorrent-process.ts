// A stock WebTorrent client in a process of its own, as Node programs use it: `seed <announce> <bytes>`,
// `get <announce> <info hash>`, or `lie <announce> <file>`, which offers the file and sends something else. Finds its peers by the tracker alone. Prints one JSON object a line.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { encodeInfoDictionary } from '../../peer/hashing/info-dictionary.ts';
import { pieceLengthOf } from '../../peer/hashing/piece-length.ts';
import { mendWebRtc } from '../../peer/node/webrtc-mending.ts';
import { writeTorrent } from '../../peer/torrent/write-torrent.ts';
import { patternedBytes } from './patterned-bytes.ts';
import { sha256Of } from './sha256.ts';
import { StockWebTorrent } from './stock-client.ts';

const [mode, announce = '', subject = ''] = process.argv.slice(2);

type Done = (error: null) => void;
type GotBytes = (error: null, bytes: Uint8Array) => void;
type Range = { readonly length?: number } | null;

/** Has every block, and another one than is asked for. */
class LyingStore {
	readonly chunkLength: number;

	constructor(chunkLength: number) {
		this.chunkLength = chunkLength;
	}

	/** webtorrent's cache asks for whole pieces, and leaves the range out. */
	get(_: number, range: Range | GotBytes, done?: GotBytes): void {
		const isWhole = typeof range === 'function';
		const lengthBytes = (isWhole ? undefined : range?.length) ?? this.chunkLength;
		(isWhole ? range : done)?.(null, new Uint8Array(lengthBytes).fill(7));
	}

	put(_: number, __: Uint8Array, done: Done): void {
		done(null);
	}

	close(done: Done): void {
		done(null);
	}

	destroy(done: Done): void {
		done(null);
	}
}

mendWebRtc();
const client = new StockWebTorrent({
	dht: false,
	lsd: false,
	natUpnp: false,
	natPmp: false,
	utPex: false,
	tracker: { rtcConfig: { iceServers: [] } },
});

if (mode === 'seed') {
	const film = Object.assign(patternedBytes(Number(subject)), { name: 'film.bin' });
	client.seed(film, { announce: [announce] }, (torrent) => {
		say({ infoHash: torrent.infoHash, sha256: sha256Of(film) });
	});
} else if (mode === 'lie') {
	await lie(subject);
} else {
	const torrent = client.add(subject, { announce: [announce] });
	torrent.on('done', () => {
		void torrent.files[0]?.arrayBuffer().then((content) => {
			say({ infoHash: torrent.infoHash, sha256: sha256Of(new Uint8Array(content)) });
		});
	});
}

/** As owners make the torrent of a film; the store says yes to everything. */
async function lie(path: string): Promise<void> {
	const film = await readFile(path);
	const pieceLengthBytes = pieceLengthOf(film.length);
	const hashes: Buffer[] = [];
	for (let at = 0; at < film.length; at += pieceLengthBytes) {
		const piece = film.subarray(at, at + pieceLengthBytes);
		hashes.push(createHash('sha1').update(piece).digest());
	}
	const infoDictionary = encodeInfoDictionary({
		...{ name: basename(path), sizeBytes: film.length, pieceLengthBytes },
		pieces: Buffer.concat(hashes),
	});
	const torrentFile = writeTorrent({ infoDictionary, trackers: [announce] });
	client.add(Buffer.from(torrentFile), { skipVerify: true, store: LyingStore }, (torrent) => {
		say({ infoHash: torrent.infoHash, sha256: '' });
	});
}

function say(line: { infoHash: string; sha256: string }): void {
	process.stdout.write(`${JSON.stringify(line)}\n`);
}
