// Stock WebTorrent clients find each other through our announce tracker alone and move a file over WebRTC.
import { afterEach, describe, expect, it } from 'vitest';
import { listeners, openAnnounceEdge } from '../support/announce-edge.ts';
import { startStockWebTorrent } from '../support/stock-webtorrent.ts';

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
});
