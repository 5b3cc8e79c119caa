// Whoever waits for an entry is told each time it can be watched again, until the subscription ends.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { maxSubscriptionsPerPeer } from '../../../tracker/subscriptions.ts';
import {
	catalogIdOf,
	makeOffer,
	offerIdOf,
	openTrackerWorld,
	type TrackerWorld,
} from '../../support/tracker-world.ts';

const film = catalogIdOf('laptop', 1);

describe('a subscription', () => {
	let world: TrackerWorld;
	beforeEach(async () => {
		world = await openTrackerWorld();
	});
	afterEach(() => world.stop());
	const subscribe = (peerId = 'phone', catalogId: string = film) =>
		world.client.createSubscription({ peerId, catalogId });
	const told = () => world.matches.map(({ peerId }) => peerId);

	it('is met each time the entry becomes available, and not by a second owner', async () => {
		const { subscriptionId, expiresAtMs } = await subscribe();
		expect(Number(expiresAtMs)).toBe(world.clock.now() + 24 * 3_600_000);
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1)]);
		expect(world.matches).toMatchObject([
			{ subscriptionId, peerId: 'phone', entry: { catalogId: film, title: 'Film 1' } },
		]);
		await world.comeOnline('nas', 's2');
		await world.announce('nas', 1, [makeOffer(2)], { catalogId: film });
		await world.announce('laptop', 2, [makeOffer(1, { title: 'New' })], { isSnapshot: false });
		await world.settle();
		expect(told()).toHaveLength(1);
		await world.goOffline('laptop', 's1');
		await world.goOffline('nas', 's2');
		await world.comeOnline('laptop', 's3');
		expect(told()).toHaveLength(2);
	});

	it('is met at once by an entry that is available', async () => {
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1)]);
		await subscribe();
		await world.settle();
		expect(told()).toEqual(['phone']);
	});

	it('is met by the entry an alias leads to', async () => {
		await subscribe();
		await world.announce('laptop', 1, [makeOffer(1)], { catalogId: catalogIdOf('nas', 9) });
		await world.settle();
		await world.comeOnline('laptop', 's1');
		expect(world.matches).toMatchObject([{ entry: { catalogId: catalogIdOf('nas', 9) } }]);
	});

	it('ends when it is withdrawn by its owner, and by nobody else', async () => {
		const { subscriptionId } = await subscribe();
		await world.client.deleteSubscription({ peerId: 'thief', subscriptionId });
		expect(world.tracker.counts().subscriptions).toBe(1);
		await world.client.deleteSubscription({ peerId: 'phone', subscriptionId });
		await world.client.deleteSubscription({ peerId: 'phone', subscriptionId });
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1)]);
		expect(told()).toEqual([]);
		expect((await world.store.load()).subscriptions).toEqual([]);
	});

	it('ends by itself', async () => {
		await subscribe();
		await world.share('laptop', 1, [makeOffer(1)]);
		world.clock.advance(world.config.subscriptionTtlMs);
		await world.comeOnline('laptop', 's1');
		expect(told()).toEqual([]);
	});

	it('is prolonged, not doubled, when it is made again', async () => {
		const first = await subscribe();
		world.clock.advance(60_000);
		const second = await subscribe();
		expect(second.subscriptionId).toBe(first.subscriptionId);
		expect(second.expiresAtMs).toBe(first.expiresAtMs + 60_000n);
		expect((await world.store.load()).subscriptions).toHaveLength(1);
	});

	it('is one of a bounded number for each peer', async () => {
		const ids = Array.from({ length: maxSubscriptionsPerPeer }, (_, number) => offerIdOf(number));
		await Promise.all(ids.map((id) => subscribe('phone', id)));
		await expect(subscribe('phone', film)).rejects.toThrow(/resource_exhausted/);
		await expect(subscribe('tv', film)).resolves.toBeDefined();
		await expect(subscribe('phone', ids[0])).resolves.toBeDefined();
	});
});
