// One film on two peers and a viewer, whole peers on real WebRTC: both send it; one that lies is found out; one that
// leaves half-way is replaced. What the viewer gets is always the film.
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { diskFolder } from '../../peer/node/disk-folder.ts';
import type { Peer, WatchSource } from '../../peer/peer.ts';
import type { FolderSource } from '../../peer/ports.ts';
import { CatalogService, type CatalogEntry } from '../../proto/gen/giggityflix/v1/catalog_pb.js';
import { parseCatalogId } from '../../proto/ids.ts';
import { createBadSourceReports } from '../../web/lib/state/bad-source-reports.ts';
import { ownersToAsk } from '../../web/lib/state/owners-to-ask.ts';
import { startHousehold, type Household } from '../support/household.ts';
import { createNodePeer } from '../support/node-peer.ts';

const never = new AbortController().signal;
const film = randomBytes(24 * 1024 * 1024 + 77);
const filmHash = createHash('sha256').update(film).digest('hex');

let household: Household;
let directory: string;
let peers: Peer[];
let source: WatchSource | undefined;

beforeEach(async () => {
	household = await startHousehold();
	directory = await mkdtemp(join(tmpdir(), 'films-'));
	await writeFile(join(directory, 'Harbour Lights.mp4'), film);
	peers = [];
});
afterEach(async () => {
	source?.close();
	for (const peer of peers) await peer.stop();
	await household.dispose();
	await rm(directory, { recursive: true });
});

const soon = (check: () => void | Promise<void>) =>
	vi.waitFor(check, { timeout: 30_000, interval: 100 });

async function share(folder: FolderSource = diskFolder(directory)): Promise<Peer> {
	const peer = await arrive();
	await peer.addFolder(folder);
	await soon(() => expect(peer.items()[0]?.torrent).toBeDefined());
	return peer;
}

async function arrive(): Promise<Peer> {
	const peer = createNodePeer(household.url);
	peers.push(peer);
	await peer.start();
	await soon(() => expect(peer.snapshot().edge.kind).toBe('online'));
	return peer;
}

function openCatalog() {
	const transport = createConnectTransport({ baseUrl: household.url, httpVersion: '1.1' });
	return createClient(CatalogService, transport);
}

/** The only entry there is, once both peers are its owners. */
async function mergedEntry(): Promise<CatalogEntry> {
	const catalog = openCatalog();
	let entry: CatalogEntry | undefined;
	await soon(async () => {
		const { entries } = await catalog.search({});
		expect(entries).toHaveLength(1);
		expect(entries[0]!.owners.filter(({ isOnline }) => isOnline)).toHaveLength(2);
		[entry] = entries;
	});
	return entry!;
}

/** As the watch page does: `owner` is who the link names. */
function watch(viewer: Peer, entry: CatalogEntry, owner?: Peer): WatchSource {
	const publicKey = owner?.snapshot().identity?.publicKey;
	const key = publicKey === undefined ? undefined : Buffer.from(publicKey, 'base64url');
	const { believed, others } = ownersToAsk(entry, key);
	source = viewer.openSource({
		catalogId: parseCatalogId(entry.catalogId),
		ownerPeerIds: believed,
		...(key && { ownerPublicKey: key }),
		...(others && { others }),
	});
	return source;
}

async function hashOf(opened: WatchSource, onBytes?: (readBytes: number) => Promise<void>) {
	const { sizeBytes } = await opened.open(never);
	const hash = createHash('sha256');
	let readBytes = 0;
	for await (const chunk of opened.read({ offsetBytes: 0, lengthBytes: sizeBytes }, never)) {
		hash.update(chunk);
		readBytes += chunk.length;
		await onBytes?.(readBytes);
	}
	return hash.digest('hex');
}

const shareOf = (opened: WatchSource, peer: Peer) =>
	opened
		.shares()
		.find(({ from }) => from.kind === 'owner' && from.peerId === peer.snapshot().identity?.peerId);

it('comes from both, and goes on from one when the other leaves half-way', async () => {
	const anna = await share();
	const ben = await share();
	const viewer = await arrive();
	const opened = watch(viewer, await mergedEntry(), anna);
	let hasLeft = false;
	const hash = await hashOf(opened, async (readBytes) => {
		if (hasLeft || readBytes < film.length / 2) return;
		hasLeft = true;
		// Both were sending by now.
		expect(shareOf(opened, anna)?.totalBytes).toBeGreaterThan(0);
		await soon(() => expect(shareOf(opened, ben)?.state).toBe('ready'));
		await anna.stop();
	});
	expect(hash).toBe(filmHash);
	expect(shareOf(opened, ben)?.totalBytes).toBeGreaterThan(1024 * 1024);
}, 120_000);

it('finds out an owner that sends something else than it has announced, and tells the edge', async () => {
	const honest = diskFolder(directory);
	let isLying = false;
	const mallory = await share({
		...honest,
		open: async (path) => {
			const file = await honest.open(path);
			return {
				...file,
				read: async (offsetBytes, lengthBytes) => {
					const bytes = await file.read(offsetBytes, lengthBytes);
					if (isLying) bytes.fill(0);
					return bytes;
				},
			};
		},
	});
	const anna = await share();
	const viewer = await arrive();
	const entry = await mergedEntry();
	isLying = true;
	// A link without a key: the liar, whose entry is the older one, is believed no more than anybody.
	const opened = watch(viewer, entry);
	expect(await hashOf(opened)).toBe(filmHash);
	expect(shareOf(opened, mallory)?.state).toBe('dropped');
	expect(shareOf(opened, anna)?.state).toBe('ready');
	// As the watch page does whenever shares change.
	const look = createBadSourceReports(viewer, openCatalog());
	look(entry.catalogId, opened.shares());
	look(entry.catalogId, opened.shares());
	await soon(() => expect(household.output()).toContain('an owner is said to send bad pieces'));
	const metrics = await (await fetch(`${household.url}/metrics`)).text();
	expect(metrics).toMatch(/^giggityflix_edge_bad_sources_total 1$/m);
}, 120_000);
