// Two trackers on one real Redis and one bus answer as one, and what Redis loses comes back: from the trackers that
// remember it, or from the peers that announce it. Each history ends in the state a lone tracker reaches by itself.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus, type MemoryBus } from '../../bus/memory-bus.ts';
import { nodeClock } from '../../bus/node-clock.ts';
import { createRedisStore } from '../../tracker/store/redis-store.ts';
import type { TrackerStore } from '../../tracker/store/tracker-store.ts';
import { hasOwnRedis, hasRedis, startRedis, type TestRedis } from '../support/redis.ts';
import {
	catalogIdOf,
	makeOffer,
	openTrackerWorld,
	type TrackerWorld,
} from '../support/tracker-world.ts';

const logger = { info: () => undefined, warn: () => undefined };
const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);
/** The wish to find something that another tracker did; recovery from a loss takes a few seconds of it. */
const soon = { timeout: 15_000, interval: 50 };
const settings = { sweepIntervalMs: 200, connectionTimeoutMs: 60_000 };

interface Member {
	readonly world: TrackerWorld;
	readonly store: TrackerStore;
}

describe.runIf(hasRedis)('two trackers on one Redis', { timeout: 60_000 }, () => {
	let redis: TestRedis;
	let bus: MemoryBus;
	let members: Member[];
	let one: TrackerWorld;
	let other: TrackerWorld;

	beforeAll(async () => {
		redis = await startRedis();
	});
	afterAll(() => redis.close());
	beforeEach(async () => {
		await redis.client.flushdb();
		bus = createMemoryBus({ producer: 'test', clock: nodeClock, randomBytes, logger });
		members = [];
		one = await join();
		other = await join();
	});
	afterEach(async () => {
		for (const member of members.splice(0)) await leave(member);
		await bus.close();
	});

	async function join(): Promise<TrackerWorld> {
		const store = createRedisStore({ settings: redis.settings, randomBytes, logger });
		const world = await openTrackerWorld({ store, bus, realClock: nodeClock, settings });
		members.push({ world, store });
		return world;
	}
	async function leave({ world, store }: Member): Promise<void> {
		await world.stop();
		await store.close();
	}
	const film = catalogIdOf('laptop', 1);
	/** What anybody can ask a tracker, without times. */
	async function answersOf({ client }: TrackerWorld) {
		const { entries } = await client.search({ pageSize: 200 });
		return entries
			.map(({ catalogId, title, owners }) => ({
				...{ catalogId, title },
				owners: owners.map(({ peerId, isOnline, displayName }) => ({
					peerId,
					isOnline,
					displayName,
				})),
			}))
			.sort((a, b) => (a.catalogId < b.catalogId ? -1 : 1));
	}

	it('both know what either was told, and claims are one truth', async () => {
		await one.comeOnline('laptop', 's1');
		await one.share('laptop', 1, [makeOffer(1), makeOffer(2)]);
		await expect.poll(() => answersOf(one), soon).toHaveLength(2);
		await expect.poll(() => answersOf(other), soon).toEqual(await answersOf(one));
		await expect(other.claim('laptop', 's2', 'edge-b')).rejects.toMatchObject({ code: 6 });
		for (const { client } of [one, other]) {
			expect((await client.locatePeer({ peerId: 'laptop' })).lease?.sessionId).toBe('s1');
			expect((await client.locateMedia({ catalogId: film })).leases).toMatchObject([
				{ peerId: 'laptop', edgeId: 'edge-a' },
			]);
		}
		await other.goOffline('laptop', 's1');
		await expect(one.client.locatePeer({ peerId: 'laptop' })).rejects.toMatchObject({ code: 5 });
		await expect
			.poll(async () => (await answersOf(one)).flatMap(({ owners }) => owners[0]?.isOnline), soon)
			.toEqual([false, false]);
	});

	it('tell of every change once, whichever of them handled it', async () => {
		await other.client.createSubscription({ peerId: 'phone', catalogId: film });
		for (let round = 0; round < 5; round += 1) {
			await one.comeOnline('laptop', `s${round}`);
			if (round === 0) await one.share('laptop', 1, [makeOffer(1)]);
			await expect.poll(() => one.changes.at(-1)?.availablePeers, soon).toBe(1);
			await one.goOffline('laptop', `s${round}`);
			await expect.poll(() => one.changes.at(-1)?.availablePeers, soon).toBe(0);
		}
		expect(one.changes.map(({ availablePeers }) => availablePeers)).toEqual(
			Array.from({ length: 5 }, () => [1, 0]).flat(),
		);
		expect(one.matches).toHaveLength(5);
	});

	it('give the word to the other when the one that speaks has gone', async () => {
		await one.comeOnline('laptop', 's1');
		await one.share('laptop', 1, [makeOffer(1)]);
		await expect.poll(() => one.changes.length, soon).toBe(1);
		const [first] = members.splice(0, 1);
		if (first) await leave(first);
		await other.goOffline('laptop', 's1');
		await expect.poll(() => other.changes.at(-1)?.availablePeers, soon).toBe(0);
	});

	it('sweep a session that ran out exactly once', async () => {
		const lease = { peerId: 'laptop', edgeId: 'edge-a', sessionId: 's1' };
		await one.comeOnline('laptop', 's1');
		await other.client.renewPeers({ leases: [lease], leaseMs: 300 });
		await expect.poll(() => one.closed.length, soon).toBe(1);
		await sleep(1_000);
		expect(one.closed).toMatchObject([{ sessionId: 's1' }]);
		const { lostPeerIds } = await one.client.renewPeers({ leases: [lease], leaseMs: 300 });
		expect(lostPeerIds).toEqual(['laptop']);
	});

	it('are joined by a third that knows everything at once', async () => {
		await one.comeOnline('laptop', 's1');
		await one.share('laptop', 1, [makeOffer(1)]);
		const third = await join();
		expect(await answersOf(third)).toEqual(await answersOf(one));
		expect((await third.client.locateMedia({ catalogId: film })).leases).toHaveLength(1);
	});

	const losses = [
		{ what: 'flushed', lose: () => redis.client.flushall() },
		...(hasOwnRedis
			? [
					{
						what: 'killed and started again, empty',
						lose: async () => {
							await redis.kill();
							await redis.restart();
						},
					},
				]
			: []),
	];
	it.each(losses)('write everything back when Redis was $what', async ({ lose }) => {
		await one.comeOnline('laptop', 's1');
		await one.comeOnline('nas', 's2', 'edge-b');
		await one.share('laptop', 1, [makeOffer(1), makeOffer(2)]);
		await one.share('nas', 1, [makeOffer(3)]);
		await other.client.createSubscription({ peerId: 'phone', catalogId: film });
		await expect.poll(() => answersOf(other), soon).toHaveLength(3);
		const before = await answersOf(one);
		const changes = one.changes.length;
		await lose();
		for (const world of [one, other]) {
			await expect
				.poll(async () => {
					const { leases } = await world.client.locateMedia({ catalogId: film });
					return leases.map(({ sessionId }) => sessionId);
				}, soon)
				.toEqual(['s1']);
		}
		const late = await join();
		await expect.poll(() => answersOf(late), soon).toEqual(before);
		expect(await answersOf(one)).toEqual(before);
		expect(late.tracker.counts().subscriptions).toBe(1);
		// Nobody's key is up for grabs, and announcements go on where they were.
		await expect(
			late.client.claimPeer({
				lease: { peerId: 'laptop', edgeId: 'edge-c', sessionId: 's9' },
				publicKey: new Uint8Array(33).fill(9),
				leaseMs: 1_000,
			}),
		).rejects.toMatchObject({ code: 7 });
		await one.announce('laptop', 2, [makeOffer(4)], { isSnapshot: false });
		await expect.poll(() => answersOf(late), soon).toHaveLength(4);
		const toldSince = () => one.changes.slice(changes);
		await expect
			.poll(() => toldSince().map(({ catalogId }) => catalogId), soon)
			.toContain(catalogIdOf('laptop', 4));
		// Nobody was told that anything had gone.
		expect(toldSince().every(({ availablePeers }) => availablePeers === 1)).toBe(true);
	});

	it('lose and double nothing while Redis is slow, is emptied and comes back', async () => {
		const peers = ['laptop', 'nas', 'tv'];
		for (const peer of peers) await one.comeOnline(peer, `s-${peer}`);
		for (let sequence = 1; sequence <= 20; sequence += 1) {
			if (sequence === 5) await redis.client.client('PAUSE', 3_000, 'WRITE');
			if (sequence === 12) await redis.client.flushall();
			for (const peer of peers) {
				await one.announce(peer, sequence, [makeOffer(sequence)], { isSnapshot: sequence === 1 });
			}
			await sleep(20);
		}
		await expect.poll(() => bus.counts().waiting, { ...soon, timeout: 40_000 }).toBe(0);
		expect(bus.counts().putAside).toBe(0);
		const expected = peers
			.flatMap((peer) => Array.from({ length: 20 }, (_, at) => catalogIdOf(peer, at + 1)))
			.toSorted();
		for (const world of [one, other]) {
			await expect
				.poll(async () => (await answersOf(world)).map(({ catalogId }) => catalogId), soon)
				.toEqual(expected);
		}
		const late = await join();
		expect(await answersOf(late)).toEqual(await answersOf(one));
	});
});
