// The same film on two peers: hashed behind the scenes, one entry in the catalog, both peers under its id, all ids
// still good after the server was restarted.
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { diskFolder } from '../../peer/node/disk-folder.ts';
import type { Peer } from '../../peer/peer.ts';
import { CatalogService } from '../../proto/gen/giggityflix/v1/catalog_pb.js';
import { startHousehold, type Household } from '../support/household.ts';
import { createNodePeer } from '../support/node-peer.ts';

let household: Household;
let directories: string[];
let peers: Peer[];

beforeEach(async () => {
	household = await startHousehold();
	directories = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'films-'))));
	peers = [];
});
afterEach(async () => {
	for (const peer of peers) await peer.stop();
	await household.dispose();
	for (const directory of directories) await rm(directory, { recursive: true });
});

const soon = (check: () => void | Promise<void>) =>
	vi.waitFor(check, { timeout: 30_000, interval: 100 });

async function share(directory: string): Promise<Peer> {
	const peer = createNodePeer(household.url);
	peers.push(peer);
	await peer.start();
	await peer.addFolder(diskFolder(directory));
	await soon(() =>
		expect(peer.items()[0]).toMatchObject({ mediaId: expect.any(String) as string }),
	);
	await soon(() => expect(peer.items()[0]?.catalogId).toBeDefined());
	return peer;
}

it('is one entry with two owners, under the older id', async () => {
	const [one = '', other = ''] = directories;
	await writeFile(join(one, 'Harbour Lights.mp4'), 'a film');
	await copyFile(join(one, 'Harbour Lights.mp4'), join(other, 'harbour_lights_copy.mp4'));
	const first = await share(one);
	const film = first.items()[0]!.catalogId!;
	const second = await share(other);
	await soon(() => expect(second.items()[0]?.catalogId).toBe(film));
	const [alias] = second.items()[0]!.aliasCatalogIds!;
	expect(alias).not.toBe(film);

	const catalog = createClient(
		CatalogService,
		createConnectTransport({ baseUrl: household.url, httpVersion: '1.1' }),
	);
	const ownersBy = async (catalogId: string) => {
		const { entry } = await catalog.getEntry({ catalogId });
		expect(entry?.catalogId).toBe(film);
		return entry?.owners.filter(({ isOnline }) => isOnline).length;
	};
	expect(await ownersBy(film)).toBe(2);
	expect(await ownersBy(alias!)).toBe(2);
	expect((await catalog.search({})).total).toBe(1);

	await household.restart();
	await soon(async () => expect(await ownersBy(alias!)).toBe(2));

	await first.removeItem(first.items()[0]!.offerId);
	await soon(async () => expect(await ownersBy(film)).toBe(1));
	expect(await ownersBy(alias!)).toBe(1);
}, 120_000);
