// The Redis store on a real Redis Cluster of three nodes: the same contracts, and what only a cluster does: nodes that go
// and come back, slots that move, news from all of them.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GiggityflixError } from '../../../../proto/errors.ts';
import type { PeerId } from '../../../../proto/ids.ts';
import { createRedisStore } from '../../../../tracker/store/redis-store.ts';
import { keys } from '../../../../tracker/store/redis-layout.ts';
import type { StoreNews, TrackerStore } from '../../../../tracker/store/tracker-store.ts';
import { describeTrackerStore } from '../../../contract/tracker-store.ts';
import {
	hasRedisCluster,
	startRedisCluster,
	type TestRedisCluster,
} from '../../../support/redis-cluster.ts';
import { describeRedisLeases } from '../../../support/redis-leases.ts';
import { keyOf } from '../../../support/tracker-world.ts';

const logger = { info: () => undefined, warn: () => undefined };
const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);
/** Enough that every node has some. */
const peers = Array.from({ length: 60 }, (_, number) => `peer-${number}` as PeerId);

describe.runIf(hasRedisCluster)('on a real Redis Cluster', () => {
	let redis: TestRedisCluster;
	beforeAll(async () => {
		redis = await startRedisCluster();
	});
	afterAll(() => redis.close());
	const open = () => createRedisStore({ settings: redis.settings, randomBytes, logger });

	describeTrackerStore('redis-store on a cluster', async () => {
		await redis.flush();
		return { open: async () => open(), dispose: () => Promise.resolve() };
	});

	describeRedisLeases('redis-store on a cluster', { open, flush: () => redis.flush(), runs: 10 });

	// A node takes its time to be believed that it is back.
	describe('two trackers', { timeout: 60_000 }, () => {
		let one: TrackerStore;
		let other: TrackerStore;
		let news: StoreNews[];
		beforeEach(async () => {
			await redis.flush();
			[one, other] = [open(), open()];
			news = [];
			await other.follow((item) => void news.push(item));
		});
		afterEach(async () => {
			await one.close();
			await other.close();
		});
		const bindAll = (store: TrackerStore, peerIds = peers) =>
			Promise.all(peerIds.map((peerId) => store.bindKey(peerId, keyOf(peerId))));
		/** As trackers do: until it succeeds. */
		const insist = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
			for (let tries = 0; tries < 100; tries += 1) {
				try {
					return await ask();
				} catch {
					await sleep(100);
				}
			}
			return ask();
		};
		const namesIn = (kind: StoreNews['kind']) =>
			news.flatMap((item) => (item.kind === kind && 'peerId' in item ? item.peerId : [])).sort();

		it('spread what they keep over all nodes, and hear of it wherever it lies', async () => {
			await bindAll(one);
			await one.savePresence(peers.map((peerId) => ({ peerId, lastSeenAtMs: 1 })));
			await expect.poll(() => namesIn('key-bound')).toEqual([...peers].sort());
			await expect.poll(() => news.filter(({ kind }) => kind === 'seen').length).toBe(1);
			for (const { client } of redis.nodes) expect(await client.dbsize()).toBeGreaterThan(10);
			expect((await other.load()).peers).toHaveLength(peers.length);
		});

		it('are led by one, and notice that the cluster was emptied', async () => {
			expect(await one.lead(150)).toBe(150);
			expect(await other.lead(150)).toBe(0);
			await redis.flush();
			await expect(other.load()).rejects.toMatchObject({ code: 'unavailable' });
			expect(await other.lead(150)).toBe(0);
			await sleep(200);
			expect(await other.lead(150)).toBe(150);
			expect(news).toEqual([{ kind: 'emptied' }]);
		});

		it('find what has moved to another node, and what is about to', async () => {
			const [laptop = '' as PeerId] = peers;
			await bindAll(one);
			const [first] = redis.nodes;
			const slot = Number(await first?.client.call('CLUSTER', 'KEYSLOT', keys.peer(laptop)));
			for (const node of redis.nodes) {
				await redis.moveSlot(slot, node, async () => {
					expect(await one.bindKey(laptop, keyOf('another'))).toEqual(keyOf(laptop));
					expect((await one.load()).peers).toHaveLength(peers.length);
				});
				await one.savePresence([{ peerId: laptop, lastSeenAtMs: 2 }]);
				expect(await other.loadPeer(laptop)).toMatchObject({ peer: { lastSeenAtMs: 2 } });
			}
		});

		it('fail at once for what a node has that is gone', async () => {
			await bindAll(one);
			const [gone] = redis.nodes;
			await gone?.kill();
			const startedAt = performance.now();
			const outcomes = await Promise.allSettled(
				peers.map((peerId) => one.bindKey(peerId, keyOf(peerId))),
			);
			expect(performance.now() - startedAt).toBeLessThan(2_500);
			const failed = outcomes.filter(({ status }) => status === 'rejected');
			expect(failed.length).toBeGreaterThan(0);
			for (const each of failed) expect(each).toMatchObject({ reason: { code: 'unavailable' } });
			await gone?.restart();
			await insist(() => bindAll(one));
		});

		it('notice that one node has lost its memory, and can write all of it again', async () => {
			await one.lead(100);
			await other.lead(100);
			await bindAll(one);
			await other.savePresence(peers.map((peerId) => ({ peerId, lastSeenAtMs: 1 })));
			for (const node of redis.nodes) {
				await node.kill();
				await node.restart();
				const load = () =>
					other.load().then(
						({ peers: all }) => all.length,
						(caught: unknown) => GiggityflixError.from(caught).message,
					);
				await expect.poll(load, { timeout: 10_000 }).toBe('the store was emptied');
				news.length = 0;
				expect(await insist(() => other.lead(100))).toBe(0);
				expect(news).toContainEqual({ kind: 'emptied' });
				await insist(() => one.lead(100));
				await insist(() => bindAll(one));
				expect(await insist(() => other.load())).toHaveProperty('peers.length', peers.length);
			}
		});

		it('hear of each other whichever node goes and comes back, and know that they may have missed some', async () => {
			const said = { peerId: 'laptop' as PeerId, lastSeenAtMs: 1 };
			const kinds = (from = 0) => news.slice(from).map(({ kind }) => kind);
			for (const node of redis.nodes) {
				await node.kill();
				await node.restart();
				const from = news.length;
				const tell = async () => {
					await one.savePresence([said]).catch(() => undefined);
					return kinds(from);
				};
				await expect.poll(tell, { timeout: 10_000 }).toContain('seen');
			}
			expect(kinds()).toContain('missed');
		});
	});

	it('says so when there is none', async () => {
		const nowhere = createRedisStore({
			settings: { nodes: [{ host: '127.0.0.1', port: 1 }], password: '', isSecure: false },
			...{ randomBytes, logger },
		});
		await expect(nowhere.load()).rejects.toMatchObject({ code: 'unavailable' });
		await nowhere.close();
	});
});
