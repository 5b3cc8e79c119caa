import { expect, it } from 'vitest';
import { encodeInfoDictionary } from '../../../../peer/hashing/info-dictionary.ts';
import { infoHashOf } from '../../../../peer/torrent/info-hash.ts';
import { parseTorrent } from '../../../../peer/torrent/parse-torrent.ts';
import { writeTorrent } from '../../../../peer/torrent/write-torrent.ts';

const trackers = ['wss://films.example/announce', 'wss://tracker.example/ä'];
const infoDictionary = encodeInfoDictionary({
	name: 'Das Böse unter der Sonne.mkv',
	sizeBytes: 300_000,
	pieceLengthBytes: 262_144,
	pieces: new Uint8Array(40).fill(0xfe),
});

it('writes what our own parser reads, of the same torrent', () => {
	const torrent = parseTorrent(writeTorrent({ infoDictionary, trackers: trackers.slice(0, 1) }));
	expect(torrent).toMatchObject({
		infoHash: infoHashOf(infoDictionary),
		name: 'Das Böse unter der Sonne.mkv',
		trackers: ['wss://films.example/announce'],
		sizeBytes: 300_000,
		info: infoDictionary,
	});
});

it('names every tracker in its order', () => {
	const written = new TextDecoder('latin1').decode(writeTorrent({ infoDictionary, trackers }));
	expect(written).toContain('13:announce-listll28:wss://films.example/announceel');
	expect(written.startsWith('d8:announce28:wss://films.example/announce')).toBe(true);
});
