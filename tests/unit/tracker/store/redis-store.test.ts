// The Redis store passes the contracts on a real server, alone and as two trackers, and says how it fails.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { EdgeId, PeerId, SessionId } from '../../../../proto/ids.ts';
import { noProgress } from '../../../../tracker/catalog-progress.ts';
import { createRedisStore } from '../../../../tracker/store/redis-store.ts';
import type {
	CatalogChange,
	StoreNews,
	TrackerStore,
} from '../../../../tracker/store/tracker-store.ts';
import { describeTrackerStore } from '../../../contract/tracker-store.ts';
import { hasOwnRedis, hasRedis, startRedis, type TestRedis } from '../../../support/redis.ts';
import { describeRedisLeases } from '../../../support/redis-leases.ts';
import { catalogIdOf, keyOf, makeOffer, offerIdOf } from '../../../support/tracker-world.ts';

const laptop = 'laptop' as PeerId;
const logger = { info: () => undefined, warn: () => undefined };
const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);

describe.runIf(hasRedis)('on a real Redis', () => {
	let redis: TestRedis;
	beforeAll(async () => {
		redis = await startRedis();
	});
	afterAll(() => redis.close());
	const open = () => createRedisStore({ settings: redis.settings, randomBytes, logger });

	describeTrackerStore('redis-store', async () => {
		await redis.client.flushdb();
		return { open: async () => open(), dispose: () => Promise.resolve() };
	});

	describeRedisLeases('redis-store', { open, flush: () => redis.client.flushdb(), runs: 15 });

	describe('two trackers', () => {
		let one: TrackerStore;
		let other: TrackerStore;
		let news: StoreNews[];
		beforeEach(async () => {
			await redis.client.flushdb();
			[one, other] = [open(), open()];
			news = [];
			await other.follow((item) => void news.push(item));
		});
		afterEach(async () => {
			await one.close();
			await other.close();
		});

		it('hear of each other, and not of themselves', async () => {
			const offer = {
				...{ peerId: laptop, offerId: offerIdOf(1), catalogId: catalogIdOf('nas', 7) },
				...{ sequence: 3, addedAtMs: 4, offer: makeOffer(1, { title: 'Amélie' }) },
			};
			const progress = { completeSequence: 3, appliedSequence: 3, appliedPages: 0 };
			const aliases = [{ alias: catalogIdOf('laptop', 1), catalogId: catalogIdOf('nas', 7) }];
			const change = { peerId: laptop, before: noProgress, progress, upserted: [offer] };
			await one.bindKey(laptop, keyOf('laptop'));
			await one.savePresence([{ peerId: laptop, lastSeenAtMs: 5, displayName: 'Anna' }]);
			await one.saveCatalog({ ...change, removed: [offerIdOf(9)], aliases });
			const lease = { peerId: laptop, edgeId: 'edge-a' as EdgeId, sessionId: 's1' as SessionId };
			const leases = one.openLeases({ monotonicMs: () => 0 });
			await leases.establish(lease, 1_000);
			await leases.end(lease);
			await other.savePresence([{ peerId: laptop, lastSeenAtMs: 6 }]);
			await expect.poll(() => news.length).toBe(6);
			expect(news).toMatchObject([
				{ kind: 'key-bound', peerId: laptop, publicKey: keyOf('laptop') },
				{ kind: 'seen', peers: [{ peerId: laptop, lastSeenAtMs: 5, displayName: 'Anna' }] },
				{ kind: 'aliases', change: { added: aliases, removed: [] } },
				{ kind: 'catalog', change: { ...change, removed: [offerIdOf(9)], aliases } },
				{ kind: 'sessions', changes: [{ kind: 'opened', session: lease }] },
				{ kind: 'sessions', changes: [{ kind: 'ended' }] },
			]);
		});

		it('hear in order of all that was stored at once, and of nothing that was refused', async () => {
			const peerIds = Array.from({ length: 100 }, (_, number) => `peer-${number}` as PeerId);
			const progress = { completeSequence: 1, appliedSequence: 1, appliedPages: 0 };
			const changes = peerIds.map((peerId, number): CatalogChange => {
				const offerId = offerIdOf(number);
				const catalogId = catalogIdOf(peerId, number);
				const told = { sequence: 1, addedAtMs: 4, offer: makeOffer(number, { title: 'Amélie' }) };
				const upserted = number % 5 === 0 ? [] : [{ peerId, offerId, catalogId, ...told }];
				const before = number % 7 === 0 ? progress : noProgress;
				return { peerId, before, progress, upserted, removed: [], aliases: [] };
			});
			const stored = await Promise.all(changes.map((change) => one.saveCatalog(change)));
			expect(stored).toEqual(peerIds.map((_, number) => number % 7 !== 0));
			const kept = changes.filter((_, number) => stored[number]);
			await expect.poll(() => news.length).toBe(kept.length);
			expect(news).toMatchObject(kept.map((change) => ({ kind: 'catalog', change })));
			const { peers, offers } = await one.load();
			expect(new Set(peers.map(({ peerId }) => peerId))).toEqual(
				new Set(kept.map(({ peerId }) => peerId)),
			);
			expect(offers).toHaveLength(kept.flatMap(({ upserted }) => upserted).length);
		});

		it('are led by one, and by the other when that one is gone', async () => {
			expect(await one.lead(150)).toBe(150);
			expect(await other.lead(150)).toBe(0);
			await sleep(200);
			expect(await other.lead(150)).toBe(150);
			expect(await one.lead(150)).toBe(0);
			await other.close();
			expect(await one.lead(150)).toBe(150);
		});

		it('are led by nobody for a while when the store was emptied', async () => {
			await one.lead(150);
			await other.lead(150);
			await redis.client.flushdb();
			expect(await other.lead(150)).toBe(0);
			expect(await one.lead(150)).toBe(0);
			await sleep(200);
			expect(await other.lead(150)).toBe(150);
			expect(await one.lead(150)).toBe(0);
		});

		it('notice that the store was emptied, and take nothing from it for true', async () => {
			await one.lead(1_000);
			await other.lead(1_000);
			await redis.client.flushdb();
			await expect(other.load()).rejects.toMatchObject({ code: 'unavailable' });
			await expect(other.loadPeer(laptop)).rejects.toMatchObject({ code: 'unavailable' });
			await one.lead(1_000);
			expect(news).toEqual([]);
			await other.lead(1_000);
			expect(news).toEqual([{ kind: 'emptied' }]);
			await expect(other.load()).resolves.toMatchObject({ peers: [] });
		});
	});

	describe('when Redis fails', () => {
		let store: TrackerStore;
		beforeEach(() => {
			store = open();
		});
		afterEach(() => store.close());
		const write = () => store.savePresence([{ peerId: laptop, lastSeenAtMs: 1 }]);

		it('gives up a command that is not answered in time, and goes on afterwards', async () => {
			await write();
			await redis.client.client('PAUSE', 4_000, 'ALL');
			const startedAt = performance.now();
			await expect(write()).rejects.toMatchObject({ code: 'timed-out' });
			expect(performance.now() - startedAt).toBeLessThan(3_900);
			await redis.client.client('UNPAUSE');
			await expect.poll(() => write().then(() => 'written')).toBe('written');
		});

		it('refuses loudly when Redis is full', async () => {
			await redis.client.config('SET', 'maxmemory', '1');
			await expect(write()).rejects.toMatchObject({ code: 'resource-exhausted' });
			await redis.client.config('SET', 'maxmemory', '0');
			await write();
		});

		it.runIf(hasOwnRedis)('fails at once while Redis is gone, and recovers with it', async () => {
			await store.follow(() => undefined);
			await write();
			await redis.kill();
			const startedAt = performance.now();
			await expect(write()).rejects.toMatchObject({ code: 'unavailable' });
			await expect(write()).rejects.toMatchObject({ code: 'unavailable' });
			expect(performance.now() - startedAt).toBeLessThan(1_000);
			await redis.restart();
			await expect
				.poll(() => write().then(String, () => 'failed'), { timeout: 5_000 })
				.toBe('undefined');
			// The scripts of the server before are unknown to this one.
			expect(await store.bindKey(laptop, keyOf('first'))).toEqual(keyOf('first'));
		});

		it('says so when there is none', async () => {
			const nowhere = createRedisStore({
				settings: { host: '127.0.0.1', port: 1, db: 0, password: '', isSecure: false },
				...{ randomBytes, logger },
			});
			await expect(nowhere.load()).rejects.toMatchObject({ code: 'unavailable' });
			await nowhere.close();
		});
	});
});
