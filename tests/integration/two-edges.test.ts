// A film goes from a laptop at one edge to a laptop at another: Kafka, tracker and two edges as operators run them,
// owner and viewer whole peers on real WebRTC. Then the owner's edge is killed.
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { nodeWebTorrent, type NodeWebTorrent } from '../../peer/node/webtorrent-client.ts';
import type { CatalogEvent, Peer } from '../../peer/peer.ts';
import type { Swarms } from '../../peer/swarm/swarm.ts';
import type { InfoHash } from '../../peer/torrent/info-hash.ts';
import { parseInfo } from '../../peer/torrent/parse-torrent.ts';
import { webtorrentSwarms } from '../../peer/webtorrent/webtorrent-swarms.ts';
import { CatalogService, type CatalogEntry } from '../../proto/gen/giggityflix/v1/catalog_pb.js';
import {
	openLoadBalancer,
	startCluster,
	type Cluster,
	type ClusterEdge,
	type LoadBalancer,
} from '../support/cluster-world.ts';
import { openFilm } from '../support/found-film.ts';
import { whyNoKafka } from '../support/kafka/kafka-broker.ts';
import { testFilm } from '../support/media.ts';
import { createNodePeer, probedFolder } from '../support/node-peer.ts';
import { startStockWebTorrent } from '../support/stock-webtorrent.ts';
import { realClock } from '../support/transfer/real-clock.ts';
import { readAll } from '../support/transfer/transfer-pair.ts';

const never = new AbortController().signal;
const token = 'an-operator-of-the-cluster';
const subtitles = '1\n00:00:01,000 --> 00:00:02,000\nHello\n';

describe.skipIf(whyNoKafka())('two edges, one tracker and Kafka', () => {
	let cluster: Cluster;
	let [edgeA, edgeB]: ClusterEdge[] = [];
	let wayIn: LoadBalancer;
	const web = nodeWebTorrent();
	let folder: string;
	let filmPath: string;
	let owner: Peer;
	let viewer: Peer;
	let entry: CatalogEntry;
	const told: CatalogEvent[] = [];

	beforeAll(async () => {
		cluster = await startCluster(2, {
			LEASE_SECONDS: '6',
			HEARTBEAT_INTERVAL_SECONDS: '2',
			CONNECTION_TIMEOUT_SECONDS: '6',
			OPERATOR_TOKEN: token,
		});
		[edgeA, edgeB] = cluster.edges;
		wayIn = await openLoadBalancer(edgeB!);
		folder = await mkdtemp(join(tmpdir(), 'films-'));
		filmPath = join(folder, 'A.Winter.in.Lofoten.2016.1080p.mkv');
		await copyFile(await testFilm('mkv'), filmPath);
		await writeFile(join(folder, 'A.Winter.in.Lofoten.2016.1080p.en.srt'), subtitles);
		const announceUrl = `${wayIn.url.replace('http', 'ws')}/announce`;
		const seeding = { swarms: swarmsOver(web), announceUrls: () => [announceUrl] };
		owner = createNodePeer(wayIn.url, undefined, undefined, seeding);
		viewer = createNodePeer(edgeA!.url);
		viewer.onCatalogEvent((event) => told.push(event));
		viewer.setInterest({ wholeCatalog: true, catalogIds: [] });
		await Promise.all([owner.start(), viewer.start()]);
	}, 300_000);

	afterAll(async () => {
		await Promise.all([owner.stop(), viewer.stop()]);
		await web.close();
		await wayIn.close();
		await cluster.dispose();
		await rm(folder, { recursive: true, force: true });
	}, 60_000);

	test('owner and viewer are at different edges', async () => {
		const at = (peer: Peer) => peer.snapshot().edge;
		await expect.poll(() => at(owner)).toEqual({ kind: 'online', edgeId: edgeB!.edgeId });
		await expect.poll(() => at(viewer)).toEqual({ kind: 'online', edgeId: edgeA!.edgeId });
	});

	test('what the one shares is found at the other, and its viewer is told', async () => {
		await owner.addFolder(probedFolder(folder));
		await expect.poll(() => search('lofoten'), { timeout: 20_000 }).toHaveLength(1);
		await expect
			.poll(async () => (await search('lofoten'))[0]?.posterId, { timeout: 20_000 })
			.toBeDefined();
		entry = (await search('lofoten'))[0]!;
		const { catalogId } = entry;
		const changed = expect.objectContaining({ catalogId, availablePeers: 1 }) as unknown;
		await expect
			.poll(() => told)
			.toContainEqual(
				expect.objectContaining({ changes: expect.arrayContaining([changed]) as unknown }),
			);
	});

	test('its poster comes from the other edge', async () => {
		const posterId = Buffer.from(entry.posterId ?? []).toString('hex');
		const poster = await fetch(`${edgeA!.url}/api/posters/${posterId}`);
		expect(poster.headers.get('content-type')).toBe('image/webp');
		const image = new Uint8Array(await poster.arrayBuffer());
		expect(createHash('sha256').update(image).digest('hex')).toBe(posterId);
		expect((await fetch(`${edgeA!.url}/api/posters/${'0'.repeat(64)}`)).status).toBe(404);
	});

	test('the viewer reads the film from the owner byte for byte, and its subtitles', async () => {
		const source = openFilm(viewer, entry);
		const facts = await source.open(never);
		const read = (lengthBytes: number, sideCar = 0) =>
			readAll(source.read({ offsetBytes: 0, lengthBytes, sideCar }, never));
		expect((await read(facts.sizeBytes)).equals(await readFile(filmPath))).toBe(true);
		expect(source.connection()).toMatchObject({ kind: 'open', route: 'direct' });
		expect(facts.sideCars).toMatchObject([{ index: 1, language: 'en' }]);
		expect((await read(facts.sideCars[0]!.sizeBytes, 1)).toString()).toBe(subtitles);
		source.close();
	});

	test("an operator's command at the viewer's edge reaches the owner", async () => {
		const ownerId = owner.snapshot().identity!.peerId;
		const hash = await command(ownerId, { kind: 'file-hash', catalogId: entry.catalogId });
		const expected = createHash('sha256').update(await readFile(filmPath));
		expect(await hash.json()).toMatchObject({ mediaId: expected.digest('hex') });
		const away = await command(`gf${'a'.repeat(32)}`, {
			kind: 'file-hash',
			catalogId: entry.catalogId,
		});
		expect(away.status).toBe(503);
	});

	test('a member of a swarm at one edge is served by the owner at the other, who was called', async () => {
		const torrentNow = async () => (await search('lofoten'))[0]?.torrent;
		await expect.poll(torrentNow, { timeout: 20_000 }).toBeDefined();
		const infoHash = Buffer.from((await torrentNow())!.infoHash).toString('hex') as InfoHash;
		const swarm = swarmsOver(web).join({ infoHash, trackers: [] });
		const leave = viewer.enterSwarm({ infoHash, isComplete: false }, swarm.add);
		onTestFinished(() => {
			leave();
			swarm.leave();
		});
		const { sizeBytes } = await swarm.torrent;
		const bytes = await readAll(
			swarm.openFile(0).read({ offsetBytes: 0, lengthBytes: sizeBytes }, never),
		);
		expect(bytes.equals(await readFile(filmPath))).toBe(true);
	}, 60_000);

	test('WebTorrent clients of both edges meet in one swarm', async () => {
		const announceAt = ({ url }: ClusterEdge) => `${url.replace('http', 'ws')}/announce`;
		const seeder = startStockWebTorrent('seed', announceAt(edgeB!), String(1024 * 1024));
		onTestFinished(() => seeder.end());
		const seeded = await seeder.result;
		await expect.poll(() => announcedAt(edgeA!)).toBe(1);
		const getter = startStockWebTorrent('get', announceAt(edgeA!), seeded.infoHash);
		onTestFinished(() => getter.end());
		expect(await getter.result).toEqual(seeded);
		await expect.poll(() => announcedAt(edgeB!)).toBe(2);
		await Promise.all([getter.end(), seeder.end()]);
		for (const edge of [edgeA!, edgeB!]) await expect.poll(() => announcedAt(edge)).toBe(0);
	});

	test('a tracker that is killed and started again interrupts nobody', async () => {
		await cluster.restartTracker('SIGKILL');
		await expect.poll(isOwnerOnline, { timeout: 15_000 }).toBe(true);
		expect(owner.snapshot().edge.kind).toBe('online');
		await readWhole();
	});

	test('an owner whose edge is killed comes back at the other one', async () => {
		wayIn.leadTo(edgeA!);
		const orphan = startStockWebTorrent(
			'seed',
			`${edgeB!.url.replace('http', 'ws')}/announce`,
			'1',
		);
		onTestFinished(() => orphan.end());
		await expect.poll(() => announcedAt(edgeA!)).toBe(1);
		await edgeB!.end('SIGKILL');
		await expect.poll(() => announcedAt(edgeA!)).toBe(0);
		await expect
			.poll(() => owner.snapshot().edge, { timeout: 40_000 })
			.toEqual({ kind: 'online', edgeId: edgeA!.edgeId });
		await expect.poll(isOwnerOnline).toBe(true);
		const [again] = await search('lofoten');
		expect(again?.catalogId).toBe(entry.catalogId);
		await readWhole();
		const posterId = Buffer.from(entry.posterId ?? []).toString('hex');
		expect((await fetch(`${edgeA!.url}/api/posters/${posterId}`)).status).toBe(200);
	}, 60_000);

	test('the edge that is left ends in order', async () => {
		expect(await edgeA!.end()).toBe(0);
	});

	async function readWhole(): Promise<void> {
		const source = openFilm(viewer, entry);
		const { sizeBytes } = await source.open(never);
		const bytes = await readAll(source.read({ offsetBytes: 0, lengthBytes: sizeBytes }, never));
		expect(bytes.equals(await readFile(filmPath))).toBe(true);
		source.close();
	}

	async function search(query: string): Promise<CatalogEntry[]> {
		const transport = createConnectTransport({ baseUrl: edgeA!.url, httpVersion: '1.1' });
		return (await createClient(CatalogService, transport).search({ query })).entries;
	}

	async function isOwnerOnline(): Promise<boolean | undefined> {
		const found = await search('lofoten').catch(() => []);
		return found[0]?.owners[0]?.isOnline;
	}

	/** Members of swarms that an edge knows. */
	async function announcedAt({ url }: ClusterEdge): Promise<number> {
		const metrics = await (await fetch(`${url}/metrics`)).text();
		return Number(/^giggityflix_edge_announce_peers (\d+)$/m.exec(metrics)?.[1]);
	}

	function command(peerId: string, what: object): Promise<Response> {
		return fetch(`${edgeA!.url}/api/operator/commands`, {
			method: 'POST',
			headers: { authorization: `Bearer ${token}` },
			body: JSON.stringify({ peerId, command: what }),
		});
	}
});

/** Swarms that find nobody by themselves: whoever they know of was introduced. */
function swarmsOver(web: NodeWebTorrent): Swarms {
	return webtorrentSwarms({
		openClient: web.open,
		parser: { parseInfo: async (info, infoHash) => parseInfo(info, infoHash) },
		iceServers: () => [],
		uploadCap: { take: () => undefined },
		clock: realClock,
	});
}
