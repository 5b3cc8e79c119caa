// bittorrent-tracker's own client against our announce tracker: the scenarios of its test suite that have a
// meaning over WebSockets.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import Client, { type SwarmReport } from 'bittorrent-tracker/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listeners, openAnnounceEdge, type AnnounceEdge } from '../support/announce-edge.ts';

describe.each(listeners)("bittorrent-tracker's client on %s", (_, open) => {
	let edge: AnnounceEdge;
	const clients: Client[] = [];
	const warnings: Error[] = [];

	beforeEach(async () => {
		edge = await openAnnounceEdge(open);
	});
	afterEach(async () => {
		for (const client of clients.splice(0)) {
			await new Promise<void>((resolve) => client.destroy(resolve));
		}
		await edge.close();
		expect(warnings.splice(0)).toEqual([]);
		expect(edge.errors).toEqual([]);
	});

	function createClient(infoHash = randomHex()): Client {
		const client = new Client({ infoHash, peerId: randomHex(), announce: edge.url, port: 6881 });
		client.on('error', (error: Error) => warnings.push(error));
		client.on('warning', (error: Error) => warnings.push(error));
		clients.push(client);
		return client;
	}

	it('starts, updates, completes and stops', async () => {
		const client = createClient();
		// Offers would open real connections; who wants them is the business of other tests.
		const quiet = { numwant: 0 };
		client.start({ ...quiet, left: 5 });
		expect(await report(client, 'update')).toMatchObject({
			announce: edge.url,
			complete: 0,
			incomplete: 1,
			interval: 120,
		});
		client.update({ ...quiet, left: 5 });
		expect(await report(client, 'update')).toMatchObject({ complete: 0, incomplete: 1 });
		client.complete({ ...quiet, left: 0 });
		expect(await report(client, 'update')).toMatchObject({ complete: 1, incomplete: 0 });
		client.stop(quiet);
		expect(await report(client, 'update')).toMatchObject({ complete: 0, incomplete: 0 });
		expect(edge.door.counts()).toMatchObject({ swarms: 0, peers: 0 });
	});

	it('scrapes its torrent, several and unknown ones', async () => {
		const [one, two, unknown] = [randomHex(), randomHex(), randomHex()];
		const seeder = createClient(one);
		seeder.start({ numwant: 0, left: 0 });
		await report(seeder, 'update');
		const viewer = createClient(two);
		viewer.start({ numwant: 0, left: 9 });
		await report(viewer, 'update');

		seeder.scrape();
		expect(await report(seeder, 'scrape')).toMatchObject({
			infoHash: one,
			complete: 1,
			incomplete: 0,
			downloaded: 1,
		});
		const reports: SwarmReport[] = [];
		viewer.on('scrape', (each: SwarmReport) => reports.push(each));
		viewer.scrape({ infoHash: [one, two, unknown] });
		await expect.poll(() => reports.length).toBe(3);
		const counts = new Map(reports.map((each) => [each.infoHash, each]));
		expect(counts.get(one)).toMatchObject({ complete: 1, incomplete: 0 });
		expect(counts.get(two)).toMatchObject({ complete: 0, incomplete: 1 });
		expect(counts.get(unknown)).toMatchObject({ complete: 0, incomplete: 0 });
	});

	it('counts clients of different torrents on the one socket they share', async () => {
		const [one, two] = [createClient(), createClient()];
		one.start({ numwant: 0, left: 1 });
		two.start({ numwant: 0, left: 1 });
		await Promise.all([report(one, 'update'), report(two, 'update')]);
		expect(edge.door.counts()).toMatchObject({ connections: 1, swarms: 2, peers: 2 });
		one.stop({ numwant: 0 });
		await report(one, 'update');
		expect(edge.door.counts()).toMatchObject({ connections: 1, swarms: 1, peers: 1 });
	});

	it('is forgotten with its connection', async () => {
		const client = createClient();
		client.start({ numwant: 0, left: 1 });
		await report(client, 'update');
		client.destroy();
		clients.splice(0);
		await expect.poll(() => edge.door.counts()).toMatchObject({ connections: 0, peers: 0 });
	});

	it('is told what it did wrong', async () => {
		const client = createClient();
		client.start({ numwant: 0, left: 1 });
		await report(client, 'update');
		Reflect.apply(Reflect.get(client, '_announce') as () => void, client, [
			{ event: 'vanished', numwant: 0 },
		]);
		await expect
			.poll(() => warnings.splice(0).map(({ message }) => message))
			.toEqual(['invalid event']);
	});
});

async function report(client: Client, event: 'update' | 'scrape'): Promise<SwarmReport> {
	const [each] = (await once(client, event)) as [SwarmReport];
	return each;
}

function randomHex(): string {
	return randomBytes(20).toString('hex');
}
