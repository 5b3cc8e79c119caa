// The tracker as edges see it: presence by session, catalogs by sequence, and availability told once.
import { afterEach, describe, expect, it } from 'vitest';
import { Visibility } from '../../../proto/gen/giggityflix/v1/media_pb.js';
import {
	catalogIdOf,
	keyOf,
	makeOffer,
	openTrackerWorld,
	said,
	type TrackerWorld,
} from '../../support/tracker-world.ts';

const worlds: TrackerWorld[] = [];

async function openWorld(options?: Parameters<typeof openTrackerWorld>[0]) {
	const world = await openTrackerWorld(options);
	worlds.push(world);
	return world;
}

afterEach(async () => {
	for (const world of worlds.splice(0)) await world.stop();
});

describe('presence', () => {
	it('makes a shared film watchable while its owner is here', async () => {
		const world = await openWorld();
		const film = catalogIdOf('laptop', 1);
		expect(await world.comeOnline('laptop', 's1')).toBe(0);
		await world.share('laptop', 1, [makeOffer(1)]);
		expect((await world.client.locateMedia({ catalogId: film })).leases).toMatchObject([
			{ peerId: 'laptop', edgeId: 'edge-a', sessionId: 's1' },
		]);
		await world.goOffline('laptop', 's1');
		expect((await world.client.locateMedia({ catalogId: film })).leases).toEqual([]);
		await expect(world.client.locatePeer({ peerId: 'laptop' })).rejects.toThrow(/not_found/);
		expect(said(world, film)).toEqual([1, 0]);
	});

	it('makes stored entries available again when a peer comes back and announces nothing', async () => {
		const world = await openWorld();
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 7, [makeOffer(1), makeOffer(2)]);
		await world.goOffline('laptop', 's1');
		expect(await world.comeOnline('laptop', 's2')).toBe(7);
		expect(said(world, catalogIdOf('laptop', 2))).toEqual([1, 0, 1]);
		const { entries } = await world.client.search({ onlyAvailable: true });
		expect(entries).toHaveLength(2);
	});

	it('does not take a newer session offline for the late end of an older one', async () => {
		const world = await openWorld();
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1)]);
		await world.claim('laptop', 's2', 'edge-a', 's1');
		await world.established('laptop', 's2');
		await world.settle();
		await world.left('laptop', 's1');
		await world.settle();
		expect((await world.client.locatePeer({ peerId: 'laptop' })).lease?.sessionId).toBe('s2');
		expect(said(world, catalogIdOf('laptop', 1))).toEqual([1]);
	});

	it('keeps a peer away whose session ended before its beginning was heard of', async () => {
		const world = await openWorld();
		await world.left('laptop', 's1');
		await world.settle();
		await world.established('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1)]);
		expect(said(world, catalogIdOf('laptop', 1))).toEqual([0]);
	});

	it('refuses an id that is bound to another key', async () => {
		const world = await openWorld();
		await world.comeOnline('laptop', 's1');
		await world.goOffline('laptop', 's1');
		const lease = { peerId: 'laptop', edgeId: 'edge-a', sessionId: 's2' };
		await expect(
			world.client.claimPeer({ lease, publicKey: keyOf('thief'), leaseMs: 1_000 }),
		).rejects.toThrow(/permission_denied/);
	});

	it('tells lost leases apart from kept ones, and takes up sessions after a restart', async () => {
		const world = await openWorld();
		const leaseOf = (peerId: string, sessionId: string) => ({
			peerId,
			edgeId: 'edge-a',
			sessionId,
		});
		await world.claim('laptop', 's1');
		await world.claim('phone', 's2');
		await world.left('phone', 's2');
		await world.settle();
		const leases = [leaseOf('laptop', 's1'), leaseOf('phone', 's2'), leaseOf('tv', 's3')];
		const { lostPeerIds } = await world.client.renewPeers({ leases, leaseMs: 60_000 });
		expect(lostPeerIds).toEqual(['phone']);
		expect((await world.client.locatePeer({ peerId: 'tv' })).lease?.sessionId).toBe('s3');
	});
});

describe('catalogs', () => {
	it('replaces what was announced before once the last page of a snapshot has come', async () => {
		const world = await openWorld();
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1), makeOffer(2)]);
		await world.announce('laptop', 2, [makeOffer(2)], { page: 0, isLast: false });
		await world.settle();
		expect(said(world, catalogIdOf('laptop', 1))).toEqual([1]);
		await world.announce('laptop', 2, [makeOffer(3)], { page: 1, isLast: true });
		await world.settle();
		expect(said(world, catalogIdOf('laptop', 1))).toEqual([1, 'removed']);
		expect(said(world, catalogIdOf('laptop', 2))).toEqual([1]);
		await expect(world.client.getEntry({ catalogId: catalogIdOf('laptop', 1) })).rejects.toThrow(
			/not_found/,
		);
	});

	it('applies deltas, once', async () => {
		const world = await openWorld();
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1), makeOffer(2)]);
		const delta = {
			isSnapshot: false,
			removedCatalogIds: [catalogIdOf('laptop', 1)],
		};
		await world.announce('laptop', 2, [makeOffer(2, { title: 'New name' })], delta);
		await world.announce('laptop', 2, [makeOffer(2, { title: 'New name' })], delta);
		await world.announce('laptop', 1, [makeOffer(1)], { isSnapshot: false });
		await world.settle();
		expect(said(world, catalogIdOf('laptop', 1))).toEqual([1, 'removed']);
		expect(said(world, catalogIdOf('laptop', 2))).toEqual([1, 1]);
		const { entries } = await world.client.search({ query: 'new' });
		expect(entries.map(({ title }) => title)).toEqual(['New name']);
	});

	it('does not count a catalog with a gap as complete', async () => {
		const world = await openWorld();
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1)]);
		await world.announce('laptop', 3, [makeOffer(2)], { isSnapshot: false });
		await world.settle();
		await world.goOffline('laptop', 's1');
		expect(await world.comeOnline('laptop', 's2')).toBe(1);
		await world.share('laptop', 4, [makeOffer(2)]);
		await world.goOffline('laptop', 's2');
		expect(await world.comeOnline('laptop', 's3')).toBe(4);
	});

	it('never lists what is shared by link only, and tells listeners when an entry leaves the list', async () => {
		const world = await openWorld();
		const film = catalogIdOf('laptop', 1);
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1)]);
		await world.share('laptop', 2, [makeOffer(1, { visibility: Visibility.LINK_ONLY })]);
		expect((await world.client.search({})).entries).toEqual([]);
		const { entry } = await world.client.getEntry({ catalogId: film });
		expect(entry?.visibility).toBe(Visibility.LINK_ONLY);
		await world.share('laptop', 3, [
			makeOffer(1, { visibility: Visibility.LINK_ONLY, title: 'Secret' }),
		]);
		expect(world.changes.map(({ visibility }) => visibility)).toEqual([
			Visibility.PUBLIC,
			Visibility.PUBLIC,
			Visibility.LINK_ONLY,
		]);
	});

	it('keeps old links working when an offer is remapped, and gathers owners under one entry', async () => {
		const world = await openWorld();
		await world.comeOnline('laptop', 's1');
		await world.comeOnline('nas', 's2');
		await world.share('laptop', 1, [makeOffer(1)]);
		await world.share('nas', 1, [makeOffer(2)]);
		const [from, to] = [catalogIdOf('laptop', 1), catalogIdOf('nas', 2)];
		await world.announce('laptop', 2, [makeOffer(1)], { isSnapshot: false, catalogId: to });
		await world.settle();
		const { entry } = await world.client.getEntry({ catalogId: from });
		expect(entry?.catalogId).toBe(to);
		expect(entry?.owners.map(({ peerId }) => peerId)).toEqual(['laptop', 'nas']);
		expect(said(world, from)).toEqual([1, 'removed']);
		expect(said(world, to)).toEqual([1, 2]);
	});

	it('shows owners that are away, with when they were last seen', async () => {
		const world = await openWorld();
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1)]);
		world.clock.advance(5_000);
		await world.goOffline('laptop', 's1');
		const leftAtMs = world.clock.now();
		world.clock.advance(20_000);
		const { entry } = await world.client.getEntry({ catalogId: catalogIdOf('laptop', 1) });
		expect(entry?.owners).toMatchObject([
			{
				peerId: 'laptop',
				displayName: "laptop's owner",
				publicKey: keyOf('laptop'),
				isOnline: false,
				lastSeenAtMs: BigInt(leftAtMs),
			},
		]);
	});

	it('brings 10,000 entries online in under a second', async () => {
		const world = await openWorld();
		const offers = Array.from({ length: 10_000 }, (_, number) => makeOffer(number));
		await world.share('laptop', 1, offers);
		world.changes.length = 0;
		await world.claim('laptop', 's1');
		const before = process.cpuUsage();
		await world.established('laptop', 's1');
		await world.settle();
		const { user, system } = process.cpuUsage(before);
		expect(world.changes).toHaveLength(10_000);
		expect(world.changes.every(({ availablePeers }) => availablePeers === 1)).toBe(true);
		// Processor time, because the machine may be busy with other things.
		expect((user + system) / 1_000).toBeLessThan(1_000);
	});
});

it('answers unavailable before it has started and after it has stopped', async () => {
	const world = await openWorld();
	await world.tracker.stop();
	await expect(world.client.search({})).rejects.toThrow(/unavailable/);
});

describe('counts', () => {
	it('shows sizes for metrics', async () => {
		const world = await openWorld();
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [
			makeOffer(1),
			makeOffer(2, { visibility: Visibility.LINK_ONLY }),
		]);
		await world.share('nas', 1, [makeOffer(3)]);
		const catalogId = catalogIdOf('nas', 3);
		await world.client.createSubscription({ peerId: 'laptop', catalogId });
		expect(world.tracker.counts()).toEqual({
			knownPeers: 2,
			onlinePeers: 1,
			entries: 3,
			availableEntries: 2,
			listedEntries: 2,
			subscriptions: 1,
		});
	});
});
