// What a tracker gives back to a store that was emptied: who holds each peer, and whose end is still to be published.
import { describe, expect, it } from 'vitest';
import type { EdgeId, PeerId, SessionId } from '../../../proto/ids.ts';
import { createCatalog } from '../../../tracker/catalog.ts';
import { createLeases } from '../../../tracker/leases.ts';
import { createPeers } from '../../../tracker/peers.ts';
import { createReplica } from '../../../tracker/replica.ts';
import { createEmbeddedStore } from '../../../tracker/store/embedded-store.ts';
import type { LeaseStore } from '../../../tracker/store/lease-store.ts';
import { createMemoryLeases } from '../../../tracker/store/memory-leases.ts';
import { createSubscriptions } from '../../../tracker/subscriptions.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const leaseMs = 30_000;
const peerId = 'laptop' as PeerId;
const lease = (sessionId: string, edgeId: string) => ({
	peerId,
	edgeId: edgeId as EdgeId,
	sessionId: sessionId as SessionId,
});
const [before, newest] = [lease('s1', 'edge-a'), lease('s2', 'edge-b')];
const claimed = { leaseMs, replacesSessionId: '' as SessionId };

function open() {
	const clock = createManualClock();
	const store = createEmbeddedStore(':memory:');
	let kept = createMemoryLeases(clock);
	const leaseStore: LeaseStore = {
		sinceClock: kept.sinceClock,
		claim: (...asked) => kept.claim(...asked),
		establish: (...asked) => kept.establish(...asked),
		renew: (...asked) => kept.renew(...asked),
		end: (...asked) => kept.end(...asked),
		holders: (...asked) => kept.holders(...asked),
		takeExpired: (...asked) => kept.takeExpired(...asked),
		open: () => kept.open(),
	};
	const leases = createLeases(leaseStore, clock);
	const logger = { info: () => undefined, warn: () => undefined };
	const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);
	const replica = createReplica({
		...{ store, leaseStore, leases, leaseMs, clock, logger },
		peers: createPeers([], store),
		catalog: createCatalog({ offers: [], aliases: [] }),
		subscriptions: createSubscriptions([], { store, clock, randomBytes, ttlMs: leaseMs }),
		publisher: { publishChanges: () => Promise.resolve() },
	});
	return {
		clock,
		leases,
		leaseStore,
		/** Loses all leases; then whatever happens before the tracker notices. */
		empty: async (meanwhile: () => Promise<unknown> = () => Promise.resolve()) => {
			kept = createMemoryLeases(clock);
			await meanwhile();
			replica.hear({ kind: 'emptied' });
			await replica.settled();
		},
	};
}

/** One session has run out, another edge has the peer, and nobody has published the end of the first. */
async function openTwoSessions() {
	const world = open();
	await world.leases.claim(before, claimed);
	world.clock.advance(leaseMs);
	await world.leases.claim(newest, claimed);
	return world;
}

describe('an emptied store', () => {
	it('gets back who holds a peer', async () => {
		const { leases, leaseStore, empty } = open();
		await leases.claim(before, claimed);
		await empty();
		expect(await leaseStore.holders([peerId])).toMatchObject([before]);
	});

	it('gets back the newest session of a peer as the one that holds it, and the others as run out', async () => {
		const { leaseStore, empty } = await openTwoSessions();
		await empty();
		expect(await leaseStore.holders([peerId])).toMatchObject([newest]);
		expect(await leaseStore.takeExpired([peerId])).toEqual([before]);
	});

	it('gets back what has run out also when an edge was faster with what holds', async () => {
		const { leaseStore, empty } = await openTwoSessions();
		await empty(() => leaseStore.renew([newest], leaseMs));
		expect(await leaseStore.holders([peerId])).toMatchObject([newest]);
		expect(await leaseStore.takeExpired([peerId])).toEqual([before]);
	});

	it('keeps whom it has given the peer to meanwhile', async () => {
		const { leaseStore, empty } = await openTwoSessions();
		const other = lease('s3', 'edge-c');
		await empty(() => leaseStore.claim(other, claimed));
		expect(await leaseStore.holders([peerId])).toMatchObject([other]);
		expect(await leaseStore.takeExpired([peerId])).toEqual([before]);
	});
});
