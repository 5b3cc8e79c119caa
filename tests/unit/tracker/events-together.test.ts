// Events of one key that a bus hands over together: the same end as one by one, with one write where that is possible.
import { create } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { EventBody } from '../../../bus/message-bus.ts';
import { createMemoryBus } from '../../../bus/memory-bus.ts';
import {
	BusEventSchema,
	PeerCatalogUpdatedSchema,
	PeerConnectionEstablishedSchema,
} from '../../../proto/gen/giggityflix/v1/events_pb.js';
import type { PeerId } from '../../../proto/ids.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import {
	catalogIdOf,
	keyOf,
	makeOffer,
	openTrackerWorld,
	type TrackerWorld,
} from '../../support/tracker-world.ts';

const peerId = 'laptop';
const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);

function told(sequence: number, film: number, removed: readonly number[] = []): EventBody {
	const value = create(PeerCatalogUpdatedSchema, {
		...{
			peerId,
			edgeId: 'edge-a',
			sessionId: 's',
			isLast: true,
			catalogSequence: BigInt(sequence),
		},
		upserted: [{ catalogId: catalogIdOf(peerId, film), offer: makeOffer(film) }],
		removedCatalogIds: removed.map((number) => catalogIdOf(peerId, number)),
	});
	return { case: 'peerCatalogUpdated', value };
}

describe('events of one peer together', () => {
	let world: TrackerWorld;
	let bus: ReturnType<typeof createMemoryBus>;
	let deliver: (bodies: readonly EventBody[]) => Promise<void>;
	beforeEach(async () => {
		const clock = createManualClock();
		const logger = { info: () => undefined, warn: () => undefined };
		bus = createMemoryBus({ producer: 'test', clock, randomBytes, logger });
		const subscribe = vi.spyOn(bus, 'subscribe');
		world = await openTrackerWorld({ bus, clock });
		const ofTracker = subscribe.mock.calls.find(([options]) => options.handleTogether)?.[0];
		deliver = async (bodies) =>
			ofTracker?.handleTogether?.(
				bodies.map((body) => create(BusEventSchema, { body })),
				world.topics.peerCatalogUpdated,
			);
	});
	afterEach(async () => {
		await world.stop();
		await bus.close();
	});
	const total = async () => (await world.client.search({})).total;

	it('are one write, told of once it is stored', async () => {
		const saveCatalog = vi.spyOn(world.store, 'saveCatalog');
		await deliver([told(1, 1), told(2, 2), told(3, 3)]);
		expect(saveCatalog).toHaveBeenCalledOnce();
		expect(await total()).toBe(3);
		expect((await world.store.loadPeer(peerId as PeerId))?.peer.progress.completeSequence).toBe(3);
	});

	it('are as many writes as it takes where films go', async () => {
		const saveCatalog = vi.spyOn(world.store, 'saveCatalog');
		await deliver([told(1, 1), told(2, 2), told(3, 3, [1]), told(4, 4), told(5, 5)]);
		expect(saveCatalog).toHaveBeenCalledTimes(3);
		expect(await total()).toBe(4);
	});

	it('are planned again when another tracker was faster', async () => {
		vi.spyOn(world.store, 'saveCatalog').mockResolvedValueOnce(false);
		await deliver([told(1, 1), told(2, 2)]);
		expect(await total()).toBe(2);
	});

	it('are no good when one of them is not, and may come again one by one', async () => {
		await expect(deliver([told(1, 1), told(0, 2), told(2, 3)])).rejects.toMatchObject({
			code: 'invalid-argument',
		});
		await deliver([told(1, 1), told(2, 3)]);
		expect(await total()).toBe(2);
	});

	it('are taken in their order whatever they are', async () => {
		const value = create(PeerConnectionEstablishedSchema, {
			...{ peerId, edgeId: 'edge-a', sessionId: 's', displayName: 'Ada' },
			publicKey: keyOf(peerId),
		});
		await deliver([told(1, 1), { case: 'peerConnectionEstablished', value }, told(2, 2)]);
		expect(await total()).toBe(2);
		expect(world.tracker.counts()).toMatchObject({ onlinePeers: 1, availableEntries: 2 });
	});
});
