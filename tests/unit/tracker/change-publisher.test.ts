// What could not be published is published later; nothing is said in the wrong order.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
	catalogIdOf,
	makeOffer,
	openTrackerWorld,
	type TrackerWorld,
} from '../../support/tracker-world.ts';
import { speakingMs } from '../../../tracker/speaker.ts';
import { createEmbeddedStore } from '../../../tracker/store/embedded-store.ts';

describe('change publisher', () => {
	let world: TrackerWorld;
	beforeEach(async () => {
		world = await openTrackerWorld();
	});
	afterEach(() => world.stop());
	const last = (catalogId: string) =>
		world.changes.findLast((each) => each.catalogId === catalogId);

	it('publishes what a refusing bus did not take, once the event is delivered again', async () => {
		const { bus, topics, clock } = world;
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1), makeOffer(2)]);
		const publish = bus.publish.bind(bus);
		let refusals = 2;
		vi.spyOn(bus, 'publish').mockImplementation((topic, key, body) => {
			if (topic === topics.catalogAvailabilityChanged && refusals > 0) {
				refusals -= 1;
				return Promise.reject(new Error('the bus is away'));
			}
			return publish(topic, key, body);
		});
		// A snapshot without them: by the time it is delivered again there is nothing left to remove.
		await world.announce('laptop', 2, []);
		await vi.waitFor(() => {
			clock.advance(1_000);
			expect(bus.counts().waiting).toBe(0);
		});
		expect(refusals).toBe(0);
		for (const film of [1, 2]) {
			expect(last(catalogIdOf('laptop', film))).toMatchObject({ removed: true, availablePeers: 0 });
		}
	});

	it('says the latest last, however fast an owner comes and goes', async () => {
		await world.share('laptop', 1, [makeOffer(1)]);
		for (let round = 0; round < 20; round += 1) {
			await world.established('laptop', `s${round}`);
			await world.left('laptop', `s${round}`);
		}
		await world.settle();
		expect(last(catalogIdOf('laptop', 1))?.availablePeers).toBe(0);
		expect(world.tracker.counts().availableEntries).toBe(0);
	});

	it('tells again what another tracker may have told, also when the bus refuses at first', async () => {
		let leadsMs = 0;
		const store = { ...createEmbeddedStore(':memory:'), lead: async () => leadsMs };
		const successor = await openTrackerWorld({ store });
		await successor.comeOnline('laptop', 's1');
		await successor.share('laptop', 1, [makeOffer(1)]);
		await successor.share('laptop', 2, []);
		expect(successor.changes).toEqual([]);
		const refusing = vi.spyOn(successor.bus, 'publish').mockRejectedValue(new Error('away'));
		leadsMs = 10_000;
		successor.clock.advance(speakingMs);
		await vi.waitFor(() => {
			expect(refusing).toHaveBeenCalled();
		});
		await new Promise((resolve) => setImmediate(resolve));
		refusing.mockRestore();
		await successor.comeOnline('nas', 's2');
		expect(successor.changes).toMatchObject([
			{ catalogId: catalogIdOf('laptop', 1), removed: true },
		]);
		await successor.stop();
	});

	it('tells again what changed before an outage in which nobody could speak, and of matches only late ones', async () => {
		let leadsMs = 0;
		const store = { ...createEmbeddedStore(':memory:'), lead: async () => leadsMs };
		const successor = await openTrackerWorld({ store });
		const [known, late] = [catalogIdOf('laptop', 1), catalogIdOf('laptop', 2)];
		for (const catalogId of [known, late]) {
			await successor.client.createSubscription({ peerId: 'phone', catalogId });
		}
		await successor.comeOnline('laptop', 's1');
		await successor.share('laptop', 1, [makeOffer(1)]);
		successor.clock.advance(20 * speakingMs);
		await successor.share('laptop', 2, [makeOffer(1), makeOffer(2)]);
		leadsMs = speakingMs;
		successor.clock.advance(speakingMs);
		await vi.waitFor(() => {
			expect(successor.changes.map(({ catalogId }) => catalogId).sort()).toEqual(
				[known, late].sort(),
			);
		});
		await successor.settle();
		expect(successor.matches.map(({ entry }) => entry?.catalogId)).toEqual([late]);
		await successor.stop();
	});

	it('tells again what events of the tracker before it may have come after, once none can', async () => {
		let leadsMs = 0;
		const store = { ...createEmbeddedStore(':memory:'), lead: async () => leadsMs };
		const successor = await openTrackerWorld({ store });
		const pass = async (durationMs: number) => {
			for (let passedMs = 0; passedMs < durationMs; passedMs += speakingMs / 4) {
				successor.clock.advance(speakingMs / 4);
				for (let turn = 0; turn < 5; turn += 1) await nextTurn();
				await successor.settle();
			}
		};
		leadsMs = speakingMs;
		await pass(speakingMs);
		await successor.comeOnline('laptop', 's1');
		await successor.share('laptop', 1, [makeOffer(1)]);
		await successor.share('laptop', 2, []);
		expect(successor.changes.map(({ removed }) => removed)).toEqual([false, true]);
		await pass(3 * speakingMs);
		expect(successor.changes.map(({ removed }) => removed)).toEqual([false, true, true]);
		await pass(4 * speakingMs);
		expect(successor.changes).toHaveLength(3);
		await successor.stop();
	});

	it('says nothing when nothing changed', async () => {
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1)]);
		await world.share('laptop', 2, [makeOffer(1)]);
		await world.established('laptop', 's1');
		await world.settle();
		expect(world.changes).toHaveLength(1);
	});
});
