// A tracker that ends and another on what it had stored.
import { afterEach, describe, expect, it } from 'vitest';
import {
	catalogIdOf,
	keyOf,
	makeOffer,
	openTrackerWorld,
	said,
	type TrackerWorld,
} from '../../support/tracker-world.ts';

let world: TrackerWorld;
afterEach(() => world.stop());

/** A laptop is here and has announced one film under this number. */
async function openShared(sequence: number): Promise<TrackerWorld> {
	world = await openTrackerWorld();
	await world.comeOnline('laptop', 's1');
	await world.share('laptop', sequence, [makeOffer(1)]);
	return world;
}

async function restart({ stop, store, clock }: TrackerWorld): Promise<TrackerWorld> {
	await stop();
	world = await openTrackerWorld({ store, clock });
	return world;
}

describe('a restart', () => {
	it('keeps entries, ids, keys, aliases and subscriptions, and forgets who was here', async () => {
		const before = await openShared(3);
		const target = catalogIdOf('nas', 9);
		await before.announce('laptop', 4, [makeOffer(2)], { isSnapshot: false, catalogId: target });
		await before.settle();
		const film = catalogIdOf('laptop', 1);
		const { entry: old } = await before.client.getEntry({ catalogId: film });
		before.clock.advance(60_000);
		const { subscriptionId } = await before.client.createSubscription({
			peerId: 'phone',
			catalogId: film,
		});

		const after = await restart(before);
		const { entry } = await after.client.getEntry({ catalogId: film });
		expect(entry).toMatchObject({ title: 'Film 1', addedAtMs: old?.addedAtMs });
		expect(entry?.owners.map(({ isOnline }) => isOnline)).toEqual([false]);
		expect((await after.client.search({ onlyAvailable: true })).total).toBe(0);
		expect((await after.client.search({})).total).toBe(2);
		const moved = await after.client.getEntry({ catalogId: catalogIdOf('laptop', 2) });
		expect(moved.entry?.catalogId).toBe(target);
		const lease = { peerId: 'laptop', edgeId: 'edge-a', sessionId: 's2' };
		await expect(
			after.client.claimPeer({ lease, publicKey: keyOf('thief'), leaseMs: 1_000 }),
		).rejects.toThrow(/permission_denied/);
		expect(await after.comeOnline('laptop', 's2')).toBe(4);
		expect(after.matches).toMatchObject([{ subscriptionId, peerId: 'phone' }]);
	});

	it('tells that films are away whose owner left while no tracker ran', async () => {
		const before = await openShared(1);
		const after = await restart(before);
		const film = catalogIdOf('laptop', 1);
		expect(said(after, film)).toEqual([]);
		await after.left('laptop', 's1');
		await after.left('laptop', 's1');
		await after.settle();
		expect(said(after, film)).toEqual([0]);
	});
});
