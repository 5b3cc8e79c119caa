// What a tracker that has just started may give away.
import { afterEach, describe, expect, it } from 'vitest';
import { GiggityflixError } from '../../../proto/errors.ts';
import { createEmbeddedStore } from '../../../tracker/store/embedded-store.ts';
import type { TrackerStore } from '../../../tracker/store/tracker-store.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { keyOf, openTrackerWorld, type TrackerWorld } from '../../support/tracker-world.ts';

const clock = createManualClock();
let world: TrackerWorld;
afterEach(() => world.stop());

/** A laptop is at edge A, the nas has left; then the tracker is restarted. */
async function restart(isClustered: boolean) {
	const store = createEmbeddedStore(':memory:');
	const settings = { leaseMs: 30_000, isClustered };
	world = await openTrackerWorld({ clock, store, settings });
	await world.comeOnline('nas', 's0');
	await world.goOffline('nas', 's0');
	await world.comeOnline('laptop', 's1');
	await world.stop();
	world = await openTrackerWorld({ clock, store, settings });
}

describe('a tracker that has just started', () => {
	it('gives nobody a peer that another edge may still hold', async () => {
		await restart(true);
		await expect(world.claim('laptop', 's2', 'edge-b')).rejects.toMatchObject({
			rawMessage: 'another edge may still hold the peer',
		});
		clock.advance(29_999);
		await expect(world.claim('laptop', 's2', 'edge-b')).rejects.toThrow('may still hold');
		clock.advance(1);
		await world.claim('laptop', 's2', 'edge-b');
	});

	it('lets the edge that holds a peer give it to the next session', async () => {
		await restart(true);
		const lease = { peerId: 'laptop', edgeId: 'edge-a', sessionId: 's2' };
		await world.client.claimPeer({
			lease,
			publicKey: keyOf('laptop'),
			leaseMs: 30_000,
			replacesSessionId: 's1',
			replacesHeldLease: true,
		});
	});

	it('gives away at once who had left, and who it has heard of', async () => {
		await restart(true);
		await world.claim('nas', 's2', 'edge-b');
		const lease = { peerId: 'laptop', edgeId: 'edge-a', sessionId: 's1' };
		await world.client.renewPeers({ leases: [lease], leaseMs: 30_000 });
		await world.client.releasePeer({ lease });
		await world.claim('laptop', 's2', 'edge-b');
	});

	it('gives nobody a peer that is held while sweeps cannot be stored, whatever the time is', async () => {
		const store = createEmbeddedStore(':memory:');
		let isStoring = true;
		const moody: TrackerStore = {
			...store,
			savePresence: async (seen) => {
				if (!isStoring) throw new GiggityflixError('unavailable', 'the disk is full');
				await store.savePresence(seen);
			},
		};
		const settings = { leaseMs: 30_000, sweepIntervalMs: 10_000, isClustered: true };
		world = await openTrackerWorld({ clock, store: moody, settings });
		await world.comeOnline('laptop', 's1');
		isStoring = false;
		clock.advance(25_000);
		const lease = { peerId: 'laptop', edgeId: 'edge-a', sessionId: 's1' };
		await world.client.renewPeers({ leases: [lease], leaseMs: 30_000 });
		await world.stop();
		clock.jump(86_400_000);
		world = await openTrackerWorld({ clock, store, settings });
		clock.advance(29_000);
		await expect(world.claim('laptop', 's2', 'edge-b')).rejects.toThrow('may still hold');
	});

	it('in one process with its only edge gives everybody away', async () => {
		await restart(false);
		await world.claim('laptop', 's2', 'edge-b');
	});
});
