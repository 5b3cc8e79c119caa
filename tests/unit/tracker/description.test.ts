import { beforeEach, describe, expect, it } from 'vitest';
import { createManualClock } from '../../support/manual-clock.ts';
import {
	catalogIdOf,
	makeOffer,
	openTrackerWorld,
	type TrackerWorld,
} from '../../support/tracker-world.ts';

let world: TrackerWorld;
const clock = createManualClock();
beforeEach(async () => {
	world = await openTrackerWorld({ clock });
	return () => world.stop();
});

const report = (edgeId: string, fields: { isDraining?: boolean; peers?: number } = {}) =>
	world.client.reportEdge({ report: { edgeId, address: 'host:8080', maxPeers: 10, ...fields } });

describe('Describe', () => {
	it('lists peers with what they offer, those that came last first', async () => {
		await world.comeOnline('ada', 's1');
		clock.advance(1_000);
		await world.comeOnline('bob', 's2', 'edge-b');
		await world.share('ada', 1, [makeOffer(1), makeOffer(2)]);
		const { peers, peerTotal, sizes } = await world.client.describe({ limit: 10 });
		expect(peers).toMatchObject([
			{ lease: { peerId: 'bob', edgeId: 'edge-b', sessionId: 's2' }, offers: 0 },
			{ lease: { peerId: 'ada', edgeId: 'edge-a' }, displayName: "ada's owner", offers: 2 },
		]);
		expect(Number(peers[1]!.sinceMs)).toBe(clock.now() - 1_000);
		expect(peerTotal).toBe(2);
		expect(sizes).toMatchObject({ knownPeers: 2, onlinePeers: 2, entries: 2, availableEntries: 2 });
	});

	it('finds peers by part of an id or of a name, and lists no more than was asked for', async () => {
		await world.comeOnline('ada', 's1');
		await world.comeOnline('bob', 's2');
		const find = async (peerQuery: string, limit = 10) => {
			const { peers, peerTotal } = await world.client.describe({ peerQuery, limit });
			return { ids: peers.map(({ lease }) => lease?.peerId), peerTotal };
		};
		expect(await find('AD')).toEqual({ ids: ['ada'], peerTotal: 1 });
		expect(await find("bob's")).toEqual({ ids: ['bob'], peerTotal: 1 });
		expect(await find('nobody')).toEqual({ ids: [], peerTotal: 0 });
		expect((await find('', 1)).ids).toHaveLength(1);
		expect((await find('', 1)).peerTotal).toBe(2);
	});

	it('knows edges by their leases and by their reports, and forgets what was reported', async () => {
		await world.comeOnline('ada', 's1', 'edge-a');
		await report('edge-b', { peers: 3 });
		await report('edge-b', { peers: 4, isDraining: true });
		const described = await world.client.describe({ limit: 10 });
		expect(described.edges).toMatchObject([
			{ edgeId: 'edge-a', leases: 1 },
			{ edgeId: 'edge-b', leases: 0, report: { peers: 4, isDraining: true, address: 'host:8080' } },
		]);
		expect(described.edges[0]!.report).toBeUndefined();
		clock.advance(30_001);
		const { edges } = await world.client.describe({ limit: 10 });
		expect(edges.map(({ edgeId }) => edgeId)).toEqual(['edge-a']);
	});

	it('lists the subscriptions that end first', async () => {
		await world.client.createSubscription({ peerId: 'ada', catalogId: catalogIdOf('bob', 2) });
		clock.advance(1_000);
		await world.client.createSubscription({ peerId: 'ada', catalogId: catalogIdOf('bob', 1) });
		const { subscriptions, sizes } = await world.client.describe({ limit: 1 });
		expect(subscriptions).toMatchObject([{ peerId: 'ada', catalogId: catalogIdOf('bob', 2) }]);
		expect(sizes?.subscriptions).toBe(2);
	});

	it('says nothing of a process it shares with an edge', async () => {
		const described = await world.client.describe({ limit: 1 });
		expect(described).toMatchObject({ topics: [], lags: [] });
		expect(described.program).toBeUndefined();
	});

	it.each([
		['too long a list', { limit: 501 }],
		['too long a query', { limit: 1, peerQuery: 'x'.repeat(201) }],
	])('refuses %s', async (_, request) => {
		await expect(world.client.describe(request)).rejects.toMatchObject({ code: 3 });
	});

	it.each([{}, { report: { edgeId: '/' } }])('refuses the report %j', async (request) => {
		await expect(world.client.reportEdge(request)).rejects.toMatchObject({ code: 3 });
	});
});
