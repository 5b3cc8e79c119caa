import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { asTopic } from '../../../../bus/topics.ts';
import { createSnapshots } from '../../../../edge-server/operator/snapshot.ts';
import { SearchResponseSchema } from '../../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { DescribeResponseSchema } from '../../../../proto/gen/giggityflix/v1/tracker_pb.js';
import { createEdgeWorld, createSigner, edgeId } from '../../../support/edge-world.ts';

const ada = createSigner(1);
const topic = asTopic('peer.catalog.updated');
const everything = { peers: '', films: '' };
const history = { atMs: [], peers: [], memoryBytes: [], cpuShare: [], lag: [], topics: {} };

async function open(describeCluster: () => Promise<object>) {
	const world = createEdgeWorld();
	const traffic = { bytesIn: 10, bytesOut: 20 };
	const peer = world.connect({ traffic });
	await peer.hello(ada);
	await world.pass(1_000);
	const sessionId = peer.of('welcome')[0]!.sessionId;
	const take = createSnapshots({
		...{ edgeId, clock: world.clock, sessions: world.sessions },
		tracker: {
			describe: async () => create(DescribeResponseSchema, await describeCluster()),
			search: async () => {
				const entry = { catalogId: 'x', title: 'Film', owners: [{ isOnline: true }, {}] };
				return create(SearchResponseSchema, { entries: [entry], total: 9 });
			},
		},
		state: () => ({ address: 'a:1', peers: 1, maxPeers: 100, isDraining: true }),
		use: () => ({ version: '1', startedAtMs: 7, memoryBytes: 8, cpuShare: 0.5 }),
		bus: {
			topics: () => [{ topic, published: 1, handled: 2, failed: 3 }],
			lag: async () => [{ group: 'g', topic, events: 4 }],
		},
		commands: { list: () => [] },
		history: { read: () => history },
	});
	return { take, sessionId };
}

describe('a snapshot', () => {
	it('joins what the tracker describes with what this edge knows', async () => {
		const there = { peerId: 'bob', edgeId: 'edge-b', sessionId: 's2' };
		const program = { version: '2', startedAtMs: 1n, memoryBytes: 2n, cpuShare: 0 };
		const holder = { sessionId: '' };
		const { take, sessionId } = await open(async () => ({
			edges: [
				{ edgeId, leases: 1 },
				{ edgeId: 'edge-b', leases: 1, report: { peers: 5, maxPeers: 6, program } },
				{ edgeId: 'edge-c', leases: 2 },
			],
			peers: [
				{ lease: { peerId: ada.peerId, edgeId, sessionId: holder.sessionId }, offers: 3 },
				{ lease: there, offers: 1 },
			],
			peerTotal: 2,
			sizes: { entries: 4, availableEntries: 3, listedEntries: 2, subscriptions: 1 },
			subscriptions: [{ subscriptionId: 'q', peerId: 'bob', catalogId: 'x', expiresAtMs: 9n }],
			program,
			topics: [{ topic, published: 5n }],
			lags: [{ group: 'tracker-service', topic, events: 6n }],
		}));
		holder.sessionId = sessionId;
		const snapshot = await take(everything);
		expect(snapshot.trackerProblem).toBeUndefined();
		expect(snapshot.edges).toMatchObject([
			{ edgeId, state: 'draining', peers: 1, maxPeers: 100, startedAtMs: 7 },
			{ edgeId: 'edge-b', state: 'serving', peers: 5, version: '2' },
			{ edgeId: 'edge-c', state: 'silent', peers: 2 },
		]);
		expect(snapshot.peers).toMatchObject([
			{ peerId: ada.peerId, offers: 3, here: { bytesIn: 10, bytesOut: 20 } },
			{ ...there, offers: 1 },
		]);
		expect(snapshot.peers[1]).not.toHaveProperty('here');
		const sizes = { entries: 4, available: 3, listed: 2, foundTotal: 9 };
		const found = [{ title: 'Film', owners: 2, ownersOnline: 1 }];
		expect(snapshot.catalog).toMatchObject({ ...sizes, found });
		expect(snapshot.subscriptions).toMatchObject([{ peerId: 'bob', expiresAtMs: 9 }]);
		expect(snapshot.topics.map((row) => [row.program, row.published])).toEqual([
			[edgeId, 1],
			['tracker', 5],
		]);
		expect(snapshot.lags.map((row) => [row.group, row.events])).toEqual([
			['g', 4],
			['tracker-service', 6],
		]);
		expect(snapshot.programs.map(({ program: name }) => name)).toEqual([
			edgeId,
			'edge-b',
			'tracker',
		]);
	});

	it('tells what this edge knows while the tracker is away', async () => {
		const { take } = await open(() => Promise.reject(new Error('down')));
		const snapshot = await take({ ...everything, peers: ada.peerId.slice(3, 9) });
		expect(snapshot.trackerProblem).toContain('internal');
		expect(snapshot.edges).toHaveLength(1);
		expect(snapshot.peers).toMatchObject([{ peerId: ada.peerId, here: { door: 'websocket' } }]);
		const none = await take({ ...everything, peers: 'somebody else' });
		expect(none).toMatchObject({ peers: [], peerTotal: 0 });
	});
});
