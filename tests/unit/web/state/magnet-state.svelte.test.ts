// A stranger's torrent from a paste to the disk, and that nobody hears of it before the person has agreed.
import { describe, expect, it } from 'vitest';
import { parseTorrent } from '../../../../peer/torrent/parse-torrent.ts';
import type { ByteSource } from '../../../../peer/transfer/byte-source.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { MagnetState } from '../../../../web/lib/state/magnet-state.svelte.ts';
import { demoSwarms, inlineParser } from '../../../support/web/demo-swarms.ts';
import { bencode, testInfo } from '../../../support/torrent-bytes.ts';

const trackerUrl = 'wss://films.example/announce';
const torrentBytes = Uint8Array.from(bencode({ info: testInfo(300_000) }));
const torrent = parseTorrent(torrentBytes);
const seedUrl = 'https://seed.example/films/';
const magnetText = [
	`magnet:?xt=urn:btih:${torrent.infoHash}&dn=Harbour&tr=udp%3A%2F%2Fa%3A80`,
	`ws=${encodeURIComponent(seedUrl)}&ws=http%3A%2F%2Fa.example%2F`,
].join('&');
const fileName = 'Harbour Lights.mp4';

const source: ByteSource = {
	open: async () => ({ sizeBytes: 300_000, modifiedAtMs: 0, mimeType: '', fileName, sideCars: [] }),
	read: async function* () {
		yield new Uint8Array(300_000);
	},
	close: () => undefined,
};

function openState(moreTrackers: readonly string[] = []) {
	const swarms = demoSwarms(() => source);
	const saved: unknown[] = [];
	const events: string[] = [];
	let nowMs = 0;
	let tick: () => void = () => undefined;
	const state = new MagnetState({
		...{
			parser: inlineParser,
			swarms,
			trackerUrls: () => [trackerUrl, ...moreTrackers],
		},
		streams: {
			urlFor: async (_source, name) => `/stream/1/${name}`,
			save: (url) => events.push(`download ${url}`),
			release: (url) => events.push(`release ${url}`),
		},
		saves: {
			save: async (thing, name) => void saved.push({ thing, name }),
			find: () => undefined,
		},
		now: () => nowMs,
		everySecond: (run) => {
			tick = run;
			return () => (tick = () => undefined);
		},
	});
	const open = async () => {
		await state.openMagnet(magnetText);
		state.connect();
		swarms.joined.at(-1)?.find(torrent);
		await Promise.resolve();
		await Promise.resolve();
	};
	return {
		state,
		swarms,
		saved,
		events,
		open,
		tick: () => tick(),
		pass: (ms: number) => (nowMs += ms),
	};
}

describe('a magnet', () => {
	it('is asked about before anybody hears of it', async () => {
		const { state, swarms } = openState();
		await state.openMagnet(magnetText);
		expect(state.stage).toMatchObject({
			kind: 'asking',
			invitation: {
				name: 'Harbour',
				torrent: undefined,
				chosenTrackers: { asked: [trackerUrl], ignored: ['udp://a:80'] },
				chosenHttpSeeds: { asked: [seedUrl], ignored: ['http://a.example/'] },
			},
		});
		expect(swarms.joined).toEqual([]);
		state.connect();
		expect(state.stage.kind).toBe('searching');
		expect(swarms.joined[0]?.request).toEqual({
			infoHash: torrent.infoHash,
			trackers: [trackerUrl],
			httpSeeds: [seedUrl],
		});
	});

	it('is also looked for where the operator says, before its own trackers', async () => {
		const { state } = openState(['wss://tracker.example/']);
		await state.openMagnet(`${magnetText}&tr=${encodeURIComponent('wss://other.example/')}`);
		expect(state.stage).toMatchObject({
			invitation: {
				chosenTrackers: { asked: [trackerUrl, 'wss://tracker.example/', 'wss://other.example/'] },
			},
		});
	});

	it('opens when somebody has sent what is in it', async () => {
		const { state, open } = openState();
		await open();
		expect(state.stage).toMatchObject({ kind: 'open', torrent: { files: [{ name: fileName }] } });
		expect(state.magnetToShare()).toBe(
			`magnet:?xt=urn:btih:${torrent.infoHash}&dn=Harbour&tr=${encodeURIComponent(trackerUrl)}&tr=udp%3A%2F%2Fa%3A80&ws=${encodeURIComponent(seedUrl)}&ws=http%3A%2F%2Fa.example%2F`,
		);
	});

	it('that is open already is not opened again, another one replaces it', async () => {
		const { state, swarms, open } = openState();
		await open();
		await state.openMagnet(magnetText);
		expect(state.stage.kind).toBe('open');
		await state.openMagnet(`${magnetText}&dn=2`);
		expect(state.stage.kind).toBe('asking');
		expect(swarms.joined[0]?.isLeft).toBe(true);
	});

	it.each([
		['magnet:?xt=nothing', 'invalid-argument'],
		[`magnet:?${'x'.repeat(20_000)}`, 'resource-exhausted'],
		[`magnet:?xt=urn:btmh:1220${'0'.repeat(64)}`, 'unsupported'],
	])('that cannot be read is refused: %.30s', async (text, reason) => {
		const { state } = openState();
		await state.openMagnet(text);
		expect(state.stage).toEqual({ kind: 'refused', from: 'magnet', reason });
	});

	it('whose torrent is beyond the limits fails, and the swarm is left', async () => {
		const { state, swarms } = openState();
		await state.openMagnet(magnetText);
		state.connect();
		swarms.joined[0]?.fail(new GiggityflixError('resource-exhausted', 'too many files'));
		await new Promise(setImmediate);
		expect(state.stage).toMatchObject({ kind: 'failed', reason: 'resource-exhausted' });
		expect(swarms.joined[0]?.isLeft).toBe(true);
	});

	it('is looked for anew, and what an earlier search finds changes nothing', async () => {
		const { state, swarms } = openState();
		await state.openMagnet(magnetText);
		state.connect();
		state.connect();
		swarms.joined[0]?.fail(new GiggityflixError('cancelled', 'left'));
		await new Promise(setImmediate);
		expect(state.stage.kind).toBe('searching');
		expect(swarms.joined.map(({ isLeft }) => isLeft)).toEqual([true, false]);
	});

	it('shows how the swarm goes once a second, until it is closed', async () => {
		const { state, swarms, open, tick, pass } = openState();
		await open();
		const progress = {
			peers: 3,
			downloadBytesPerSecond: 5,
			uploadBytesPerSecond: 6,
			trackers: 'answering',
		} as const;
		swarms.joined[0]?.progressIs(progress);
		pass(1000);
		tick();
		expect(state.progress).toEqual(progress);
		expect(state.nowMs).toBe(1000);
		state.close();
		tick();
		expect(state.progress).toBeUndefined();
		expect(state.stage).toEqual({ kind: 'empty' });
		expect(swarms.joined[0]?.isLeft).toBe(true);
	});
});

describe('a .torrent', () => {
	it('shows its files before anybody is asked, and needs nobody to open', async () => {
		const { state, swarms } = openState();
		await state.openTorrentFile(new Blob([torrentBytes]));
		expect(state.stage).toMatchObject({
			kind: 'asking',
			invitation: { torrent: { sizeBytes: 300_000 } },
		});
		expect(swarms.joined).toEqual([]);
		state.connect();
		await new Promise(setImmediate);
		expect(state.stage.kind).toBe('open');
	});

	it('that is none, or too large, is refused', async () => {
		const { state } = openState();
		await state.openTorrentFile(new Blob(['<html>']));
		expect(state.stage).toMatchObject({
			kind: 'refused',
			from: 'file',
			reason: 'invalid-argument',
		});
		await state.openTorrentFile(new Blob([new Uint8Array(2 ** 21 + 1)]));
		expect(state.stage).toMatchObject({ kind: 'refused', reason: 'resource-exhausted' });
	});
});

describe('a file of it', () => {
	it('plays, one at a time', async () => {
		const { state, events, open } = openState();
		await open();
		await state.play(0);
		expect(state.playing).toEqual({ fileIndex: 0, url: `/stream/1/${fileName}` });
		await state.play(0);
		state.close();
		expect(events).toEqual([`release /stream/1/${fileName}`, `release /stream/1/${fileName}`]);
		expect(state.playing).toBeUndefined();
	});

	it('is saved under its own name, and found again by its magnet', async () => {
		const { state, saved, open } = openState();
		await state.save(0);
		expect(saved).toEqual([]);
		await open();
		await state.save(0);
		const { info } = torrent;
		const thing = { kind: 'torrent-file', info, magnet: state.magnetToShare(), fileIndex: 0 };
		expect(saved).toEqual([{ thing, name: fileName }]);
	});
});
