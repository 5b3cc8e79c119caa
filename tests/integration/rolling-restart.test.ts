// Two edges under load are drained and started again by turns, as an operator does to upgrade them: nothing that peers
// announce is lost, every edge exits in order and in time, and a film that somebody watches plays on.
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Peer, WatchSource } from '../../peer/peer.ts';
import { openLoadBalancer, type LoadBalancer } from '../support/cluster-world.ts';
import { startAnnouncingPeer, type AnnouncingPeer } from '../support/faults/announcing-peer.ts';
import {
	startFaultCluster,
	type FaultCluster,
	type FaultEdge,
} from '../support/faults/fault-cluster.ts';
import { startLoad, type Load } from '../support/faults/load.ts';
import { expectOneTruth, recovery } from '../support/faults/one-truth.ts';
import { findFilm, openFilm } from '../support/found-film.ts';
import { whyNoKafka } from '../support/kafka/kafka-broker.ts';
import { testFilm } from '../support/media.ts';
import { createNodePeer, probedFolder } from '../support/node-peer.ts';
import { hasOwnRedis } from '../support/redis.ts';
import { readAll } from '../support/transfer/transfer-pair.ts';

const restarts = 20;
const peerCount = 12;
/** What an orchestrator gives a program to end. */
const maxExitMs = 10_000;
/** A player has more than this in advance. */
const maxStallMs = 5_000;
const rangeBytes = 64 * 1024;
const closely = { ...recovery, interval: 20 };

describe.skipIf(whyNoKafka() ?? !hasOwnRedis)('edges that are restarted by turns', () => {
	let cluster: FaultCluster;
	let wayIn: LoadBalancer;
	let folder: string;
	let film: Buffer;
	let owner: Peer;
	let viewer: Peer;
	let source: WatchSource;
	let peers: AnnouncingPeer[] = [];
	let load: Load;

	beforeAll(async () => {
		cluster = await startFaultCluster({}, { trackers: 1 });
		const [edgeA, edgeB] = cluster.edges;
		wayIn = await openLoadBalancer(edgeA!);
		folder = await mkdtemp(join(tmpdir(), 'films-'));
		const path = join(folder, 'A.Winter.in.Lofoten.2016.1080p.mkv');
		await copyFile(await testFilm('mkv'), path);
		film = await readFile(path);
		owner = createNodePeer(wayIn.url);
		viewer = createNodePeer(wayIn.url);
		await Promise.all([owner.start(), viewer.start()]);
		await owner.addFolder(probedFolder(folder));
		const entry = await vi.waitUntil(() => findFilm(edgeB!, 'lofoten'), recovery);
		source = openFilm(viewer, entry);
		await source.open(new AbortController().signal);
		const turns = [
			[edgeA!, edgeB!],
			[edgeB!, edgeA!],
		];
		peers = Array.from({ length: peerCount }, (_, at) =>
			startAnnouncingPeer(() => turns[at % 2]!, at % 3 === 0 ? 'grpc' : 'websocket'),
		);
		load = startLoad(peers);
		await vi.waitUntil(() => peers.every((peer) => peer.edgeId() !== undefined), recovery);
	}, 300_000);

	afterAll(async () => {
		load.stop();
		await Promise.all([owner.stop(), viewer.stop(), ...peers.map((peer) => peer.stop())]);
		await wayIn.close();
		await cluster.dispose();
		await rm(folder, { recursive: true, force: true });
	}, 60_000);

	it(
		`lose no announcement and interrupt no film, ${restarts} times`,
		async () => {
			const watching = new AbortController();
			const watched = watch(watching.signal);
			for (let turn = 0; turn < restarts; turn += 1) {
				const [leaving, staying] = turn % 2 === 0 ? cluster.edges : cluster.edges.toReversed();
				await restart(leaving!, staying!);
			}
			watching.abort();
			const { readBytes, longestStallMs } = await watched;
			expect(readBytes).toBeGreaterThan(film.length);
			expect(longestStallMs).toBeLessThan(maxStallMs);
			expect(source.connection()).toMatchObject({ kind: 'open', route: 'direct' });
			await expectOneTruth({ cluster, peers, load });
		},
		60_000 + restarts * 30_000,
	);

	/** Until it is there again and everybody is at the other one. */
	async function restart(leaving: FaultEdge, staying: FaultEdge): Promise<void> {
		wayIn.leadTo(staying);
		const askedAtMs = performance.now();
		expect(await leaving.end()).toBe(0);
		expect(performance.now() - askedAtMs).toBeLessThan(maxExitMs);
		// Those that take any edge may come to this one again once it is there.
		await vi.waitUntil(() => peers.every((peer) => peer.edgeId() === staying.edgeId), closely);
		const everybody = { kind: 'online', edgeId: staying.edgeId };
		await Promise.all([
			leaving.start(),
			expect.poll(() => owner.snapshot().edge, closely).toEqual(everybody),
			expect.poll(() => viewer.snapshot().edge, closely).toEqual(everybody),
		]);
	}

	/** Reads the film again and again at the pace of a player, and compares what comes. */
	async function watch(signal: AbortSignal) {
		let readBytes = 0;
		let longestStallMs = 0;
		while (!signal.aborted) {
			const offsetBytes = readBytes % film.length;
			const lengthBytes = Math.min(rangeBytes, film.length - offsetBytes);
			const askedAtMs = performance.now();
			const range = { offsetBytes, lengthBytes, sideCar: 0 };
			const bytes = await readAll(source.read(range, new AbortController().signal));
			longestStallMs = Math.max(longestStallMs, performance.now() - askedAtMs);
			if (!bytes.equals(film.subarray(offsetBytes, offsetBytes + lengthBytes))) {
				throw new Error(`other bytes than the film's at ${offsetBytes}`);
			}
			readBytes += lengthBytes;
			await sleep(20);
		}
		return { readBytes, longestStallMs };
	}
});
