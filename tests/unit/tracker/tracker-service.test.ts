// Bad questions get a clear refusal with its code, and internal errors keep their text at home.
import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SearchOrder } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { derivePeerId } from '../../../proto/ids.ts';
import {
	keyOf,
	makeOffer,
	openTrackerWorld,
	type TrackerWorld,
} from '../../support/tracker-world.ts';

describe('TrackerService', () => {
	let world: TrackerWorld;
	beforeEach(async () => {
		world = await openTrackerWorld();
	});
	afterEach(() => world.stop());
	const lease = { peerId: 'laptop', edgeId: 'edge-a', sessionId: 's1' };
	const publicKey = keyOf('laptop');
	const codeOf = async (answer: Promise<unknown>) => {
		const caught = await answer.catch((error: unknown) => error);
		return caught instanceof ConnectError ? Code[caught.code] : caught;
	};

	it('refuses malformed questions', async () => {
		const { client } = world;
		const refused = [
			client.claimPeer({ publicKey, leaseMs: 1 }),
			client.claimPeer({ lease, publicKey, leaseMs: 0 }),
			client.claimPeer({ lease, publicKey, leaseMs: 86_400_001 }),
			client.claimPeer({ lease, publicKey: new Uint8Array(), leaseMs: 1 }),
			client.renewPeers({ leases: [{ ...lease, sessionId: '' }], leaseMs: 1 }),
			client.releasePeer({}),
			client.locatePeer({ peerId: '<script>' }),
			client.getEntry({ catalogId: "' OR 1=1" }),
			client.locateTorrent({ infoHash: new Uint8Array(19) }),
			client.search({ query: 'x'.repeat(201) }),
			client.search({ pageSize: 201 }),
			client.search({ pageCursor: 'nonsense' }),
			client.createSubscription({ peerId: 'laptop', catalogId: '' }),
			client.deleteSubscription({ peerId: 'laptop', subscriptionId: 'x' }),
		];
		const codes = await Promise.all(refused.map(codeOf));
		expect(new Set(codes)).toEqual(new Set(['InvalidArgument']));
	});

	it('refuses a derived peer id to any key but its own', async () => {
		const own = new Uint8Array(33).fill(2);
		const derived = { ...lease, peerId: derivePeerId(own) };
		const stolen = world.client.claimPeer({ lease: derived, publicKey, leaseMs: 1_000 });
		expect(await codeOf(stolen)).toBe('Unauthenticated');
		const claimed = world.client.claimPeer({ lease: derived, publicKey: own, leaseMs: 1_000 });
		await expect(claimed).resolves.toMatchObject({ catalogSequence: 0n });
	});

	it('names the peers it knows no catalog of when their leases are renewed', async () => {
		await world.comeOnline('laptop', 's1');
		await world.comeOnline('nas', 's2');
		await world.share('nas', 1, [makeOffer(1)]);
		const leases = ['laptop', 'nas'].map((peerId, at) => ({
			...{ peerId, edgeId: 'edge-a', sessionId: `s${at + 1}` },
		}));
		leases.push({ peerId: 'nas', edgeId: 'edge-b', sessionId: 's3' });
		const { lostPeerIds, unknownPeerIds } = await world.client.renewPeers({ leases, leaseMs: 1 });
		expect(lostPeerIds).toEqual(['nas']);
		expect(unknownPeerIds).toEqual(['laptop']);
	});

	it('renews at most 5,000 leases at a time', async () => {
		const leases = Array.from({ length: 5_001 }, () => lease);
		const { client } = world;
		expect(await codeOf(client.renewPeers({ leases, leaseMs: 1 }))).toBe('ResourceExhausted');
		await expect(client.renewPeers({ leases: leases.slice(1), leaseMs: 1 })).resolves.toBeDefined();
	});

	it('keeps the text of what went wrong inside', async () => {
		vi.spyOn(world.store, 'bindKey').mockRejectedValue(new Error('disk full at /secret/path'));
		const claimed = world.client.claimPeer({ lease, publicKey, leaseMs: 1_000 });
		await expect(claimed).rejects.toThrow('[internal] internal error');
	});

	it('maps orders and defaults of a search', async () => {
		const offers = Array.from({ length: 60 }, (_, number) => makeOffer(number));
		await world.share('laptop', 1, offers);
		const first = await world.client.search({});
		expect(first.entries).toHaveLength(50);
		expect(first.total).toBe(60);
		const rest = await world.client.search({ pageCursor: first.nextPageCursor });
		expect(rest.entries).toHaveLength(10);
		expect(rest.nextPageCursor).toBe('');
		const byTitle = await world.client.search({ order: SearchOrder.TITLE, pageSize: 3 });
		expect(byTitle.entries.map(({ title }) => title)).toEqual(['Film 0', 'Film 1', 'Film 2']);
	});

	it('releases a lease for its own session only, and tells that its entries are away', async () => {
		await world.comeOnline('laptop', 's1');
		await world.share('laptop', 1, [makeOffer(1)]);
		await world.client.releasePeer({ lease: { ...lease, sessionId: 'other' } });
		await expect(world.client.locatePeer({ peerId: 'laptop' })).resolves.toBeDefined();
		await world.client.releasePeer({ lease });
		await world.settle();
		expect(world.changes.at(-1)?.availablePeers).toBe(0);
	});
});
