// Stock WebTorrent clients find each other through our announce tracker alone and move a file over WebRTC; and our own
// swarm tries those again with whom nothing came about.
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { nodeWebTorrent } from '../../peer/node/webtorrent-client.ts';
import type { InfoHash } from '../../peer/torrent/info-hash.ts';
import { parseInfo } from '../../peer/torrent/parse-torrent.ts';
import { webtorrentSwarms } from '../../peer/webtorrent/webtorrent-swarms.ts';
import { listeners, openAnnounceEdge } from '../support/announce-edge.ts';
import { startStockWebTorrent } from '../support/stock-webtorrent.ts';
import { binaryName } from '../support/swarm-names.ts';
import { realClock } from '../support/transfer/real-clock.ts';

describe.each(listeners)('the announce tracker on %s', (_, open) => {
	const cleanups: (() => Promise<void>)[] = [];
	afterEach(async () => {
		for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
	});

	it('brings two WebTorrent clients in Node together within seconds', async () => {
		const edge = await openAnnounceEdge(open);
		cleanups.push(() => edge.close());
		const seeder = startStockWebTorrent('seed', edge.url, String(1024 * 1024));
		cleanups.push(() => seeder.end());
		const seeded = await seeder.result;
		await expect.poll(() => edge.door.counts().peers, { timeout: 10_000 }).toBe(1);

		const startedAt = performance.now();
		const viewer = startStockWebTorrent('get', edge.url, seeded.infoHash);
		cleanups.push(() => viewer.end());
		expect(await viewer.result).toEqual(seeded);
		// Without a reported end of gathering each side waits 5 s before it answers: see peer/node/webrtc-mending.ts.
		expect(performance.now() - startedAt).toBeLessThan(8_000);

		expect(edge.door.counts()).toMatchObject({ connections: 2, swarms: 1, peers: 2 });
		await seeder.end();
		await expect.poll(() => edge.door.counts().peers).toBe(1);
		expect(edge.errors).toEqual([]);
	});

	it('offers again soon when what was answered came to nothing', async () => {
		const edge = await openAnnounceEdge(open);
		cleanups.push(() => edge.close());
		const names = { info_hash: binaryName('torrent', 1), peer_id: binaryName('peer', 1) };
		const offers: unknown[] = [];
		const stranger = new WebSocket(edge.url);
		cleanups.push(async () => stranger.terminate());
		await once(stranger, 'open');
		stranger.on('message', (content: Buffer) => {
			const heard = JSON.parse(content.toString()) as { peer_id: string; offer_id?: string };
			const { peer_id: to_peer_id, offer_id } = heard;
			if (offer_id === undefined) return;
			offers.push(offer_id);
			const answer = { type: 'answer', sdp: 'v=0\r\n' };
			const answered = { ...names, to_peer_id, offer_id, answer };
			stranger.send(JSON.stringify({ action: 'announce', ...answered }));
		});
		stranger.send(JSON.stringify({ action: 'announce', ...names, numwant: 0, offers: [] }));
		await expect.poll(() => edge.door.counts().peers).toBe(1);

		const webTorrent = nodeWebTorrent();
		cleanups.push(() => webTorrent.close());
		const swarm = webtorrentSwarms({
			openClient: webTorrent.open,
			parser: { parseInfo: async (info, infoHash) => parseInfo(info, infoHash) },
			iceServers: () => [],
			uploadCap: { take: () => undefined },
			clock: realClock,
		}).join({
			infoHash: Buffer.from(names.info_hash, 'latin1').toString('hex') as InfoHash,
			trackers: [edge.url],
		});
		cleanups.push(async () => swarm.leave());
		// Announces are due every two minutes.
		await expect.poll(() => new Set(offers).size, { timeout: 10_000 }).toBeGreaterThan(1);
	});
});
