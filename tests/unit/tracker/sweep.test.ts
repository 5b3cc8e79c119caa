// What runs out is noticed at the next sweep, and published once.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CloseReason } from '../../../proto/gen/giggityflix/v1/events_pb.js';
import {
	catalogIdOf,
	makeOffer,
	openTrackerWorld,
	type TrackerWorld,
} from '../../support/tracker-world.ts';

describe('sweep', () => {
	let world: TrackerWorld;
	beforeEach(async () => {
		world = await openTrackerWorld();
	});
	afterEach(() => world.stop());

	/** One interval, or as long as is given, and everything it sets off. */
	async function nextSweep(afterMs = world.config.sweepIntervalMs): Promise<void> {
		const timers = world.clock.pending();
		world.clock.advance(afterMs);
		// The next is not asked for before the run is over.
		await expect.poll(() => world.clock.pending(), { interval: 1 }).toBe(timers);
		await world.settle();
	}

	it('closes a session that is not renewed, exactly once, and takes its entries away', async () => {
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1)]);
		for (let round = 0; round < 3; round += 1) await nextSweep();
		expect(world.closed).toEqual([]);
		await nextSweep();
		expect(world.closed).toMatchObject([
			{ peerId: 'laptop', edgeId: 'edge-a', sessionId: 's1', reason: CloseReason.SWEPT },
		]);
		expect(world.changes.map(({ availablePeers }) => availablePeers)).toEqual([1, 0]);
		for (let round = 0; round < 5; round += 1) await nextSweep();
		expect(world.closed).toHaveLength(1);
		const lease = { peerId: 'laptop', edgeId: 'edge-a', sessionId: 's1' };
		const { lostPeerIds } = await world.client.renewPeers({ leases: [lease], leaseMs: 120_000 });
		expect(lostPeerIds).toEqual(['laptop']);
	});

	it('leaves a session alone that is renewed', async () => {
		await world.comeOnline('laptop', 's1');
		const lease = { peerId: 'laptop', edgeId: 'edge-a', sessionId: 's1' };
		for (let round = 0; round < 8; round += 1) {
			await nextSweep();
			await world.client.renewPeers({ leases: [lease], leaseMs: 120_000 });
		}
		expect(world.closed).toEqual([]);
	});

	it('closes a session that is known from its event alone, when its edge never renews it', async () => {
		await world.established('laptop', 's1');
		await world.settle();
		for (let round = 0; round < 4; round += 1) await nextSweep();
		expect(world.closed).toMatchObject([{ sessionId: 's1', reason: CloseReason.SWEPT }]);
	});

	it('publishes the end of a lease that another edge took over before the sweep', async () => {
		await world.claim('laptop', 's1');
		// A lease shorter than the interval runs out between two sweeps.
		const lease = { peerId: 'laptop', edgeId: 'edge-a', sessionId: 's1' };
		await world.client.renewPeers({ leases: [lease], leaseMs: 10_000 });
		world.clock.advance(10_000);
		await world.claim('laptop', 's2', 'edge-b');
		await nextSweep();
		expect(world.closed).toMatchObject([{ sessionId: 's1', reason: CloseReason.SWEPT }]);
		const located = await world.client.locatePeer({ peerId: 'laptop' });
		expect(located.lease?.sessionId).toBe('s2');
	});

	it('tries again when the bus refuses, and still publishes once', async () => {
		await world.comeOnline('laptop', 's1');
		const { publish } = world.bus;
		const refusing = vi.spyOn(world.bus, 'publish').mockRejectedValue(new Error('the bus is away'));
		for (let round = 0; round < 5; round += 1) await nextSweep();
		expect(world.closed).toEqual([]);
		refusing.mockImplementation(publish);
		await nextSweep();
		await nextSweep();
		expect(world.closed).toMatchObject([{ sessionId: 's1', reason: CloseReason.SWEPT }]);
	});

	it('publishes once what it had to keep waiting for the bus', async () => {
		for (const peer of ['laptop', 'nas']) await world.comeOnline(peer, `s-${peer}`);
		const { publish } = world.bus;
		const bus = Promise.withResolvers<undefined>();
		vi.spyOn(world.bus, 'publish').mockImplementation(async (...event) => {
			await bus.promise;
			return publish(...event);
		});
		for (let round = 0; round < 6; round += 1) {
			world.clock.advance(world.config.sweepIntervalMs);
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		bus.resolve(undefined);
		await expect.poll(() => world.closed.length, { interval: 1 }).toBe(2);
		await nextSweep();
		expect(world.closed.map(({ sessionId }) => sessionId).sort()).toEqual(['s-laptop', 's-nas']);
	});

	it('notes when those that are here were last seen, and forgets expired subscriptions', async () => {
		await world.comeOnline('laptop', 's1');
		await world.client.createSubscription({ peerId: 'phone', catalogId: catalogIdOf('nas', 1) });
		await nextSweep();
		const { peers } = await world.store.load();
		expect(peers.find(({ peerId }) => peerId === 'laptop')?.lastSeenAtMs).toBe(world.clock.now());
		await nextSweep(world.config.subscriptionTtlMs);
		await nextSweep();
		expect((await world.store.load()).subscriptions).toEqual([]);
	});
});
