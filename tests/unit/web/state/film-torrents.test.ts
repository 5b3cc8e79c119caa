import { beforeEach, describe, expect, it } from 'vitest';
import { encodeInfoDictionary } from '../../../../peer/hashing/info-dictionary.ts';
import { infoHashOf } from '../../../../peer/torrent/info-hash.ts';
import { parseMagnet } from '../../../../peer/torrent/magnet.ts';
import { parseTorrent } from '../../../../peer/torrent/parse-torrent.ts';
import type { OfferId } from '../../../../proto/ids.ts';
import { createFilmTorrents, type FilmTorrents } from '../../../../web/lib/state/film-torrents.ts';

const trackerUrls = ['wss://films.example/announce', 'wss://tracker.example/'];
const name = 'What? <b>.mp4';
const dictionary = encodeInfoDictionary({
	...{ name, sizeBytes: 5, pieceLengthBytes: 262_144, pieces: new Uint8Array(20) },
});
const torrent = { infoHash: infoHashOf(dictionary), name };
const hashed = 'a'.repeat(26) as OfferId;

describe('the magnet and the .torrent of a film', () => {
	let copied: string[];
	let saved: [bytes: Uint8Array, fileName: string][];
	let shown: string[];
	let torrents: FilmTorrents;
	beforeEach(() => {
		[copied, saved, shown] = [[], [], []];
		torrents = createFilmTorrents({
			peer: { infoDictionary: async (id) => (id === hashed ? dictionary : undefined) },
			trackerUrls: () => trackerUrls,
			copy: async (magnet) => void copied.push(magnet),
			saveFile: (bytes, fileName) => saved.push([bytes, fileName]),
			toasts: { show: (words) => (shown.push(words), () => undefined) },
		});
	});

	it('name the film and our tracker', async () => {
		await torrents.copyMagnet(torrent);
		const magnet = { ...torrent, trackers: trackerUrls, httpSeeds: [] };
		expect(parseMagnet(copied[0] ?? '')).toEqual(magnet);
		await torrents.save(hashed, torrent);
		const [bytes, fileName] = saved[0] ?? [];
		expect(parseTorrent(bytes ?? new Uint8Array())).toMatchObject({
			...torrent,
			trackers: trackerUrls,
		});
		expect(fileName).toBe('What_ _b_.mp4.torrent');
	});

	it('are not there for a film that is not hashed any more', async () => {
		await torrents.save('b'.repeat(26) as OfferId, torrent);
		expect([saved.length, shown.length]).toEqual([0, 1]);
	});
});
