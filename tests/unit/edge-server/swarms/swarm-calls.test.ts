// Owners are called wherever they are: here by their session, elsewhere through their edge, which is told who waits.
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { defaultTopics, type Topic } from '../../../../bus/topics.ts';
import { createSwarmCalls } from '../../../../edge-server/swarms/swarm-calls.ts';
import { SwarmCallSchema } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { SwarmWantedSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { PeerLeaseSchema } from '../../../../proto/gen/giggityflix/v1/tracker_pb.js';
import { parseEdgeId, type PeerId } from '../../../../proto/ids.ts';

const wanted = create(SwarmWantedSchema, {
	torrent: { infoHash: new Uint8Array(20).fill(0xab), name: 'Film.mp4' },
	forMs: 60_000,
});
const infoHash = 'ab'.repeat(20);
const waiting = ['viewer-1', 'viewer-2'] as PeerId[];
const settle = () => new Promise((resolve) => setImmediate(resolve));

function open(bus: { failure?: Error } = {}) {
	const events: unknown[] = [];
	const session = { send: (body: unknown) => events.push(['told', body]) };
	const calls = createSwarmCalls({
		edgeId: parseEdgeId('edge-a'),
		registry: { find: (peerId) => (peerId === 'here' ? ({ session } as never) : undefined) },
		introductions: () => ({
			awaited: (...waits) => void events.push(['awaited', ...waits]),
		}),
		bus: {
			publish: async (topic: Topic, key: string, body: unknown) => {
				if (bus.failure) throw bus.failure;
				events.push([topic, key, body]);
			},
		},
		topics: defaultTopics,
		logger: {
			...{ info: () => undefined, error: () => undefined },
			warn: (message) => void events.push(['warned', message]),
		},
	});
	return { calls, events };
}

const ownerAt = (edgeId: string, peerId: string) =>
	create(PeerLeaseSchema, { edgeId, peerId, sessionId: 's' });

describe('a call to an owner', () => {
	it('of this edge goes to its session', () => {
		const { calls, events } = open();
		calls.tell(ownerAt('edge-a', 'here'), wanted, waiting);
		expect(events).toEqual([['told', { case: 'swarmWanted', value: wanted }]]);
	});

	it('of another edge goes to that edge, with who waits', async () => {
		const { calls, events } = open();
		calls.tell(ownerAt('edge-b', 'there'), wanted, waiting);
		await settle();
		expect(events).toMatchObject([
			[
				'edge.edge-b.commands',
				'there',
				{ case: 'swarmCall', value: { peerId: 'there', wanted, waitingPeerIds: waiting } },
			],
		]);
	});

	it('that has just left this edge goes nowhere, and a bus that fails is told of', async () => {
		const { calls, events } = open({ failure: new Error('no broker') });
		calls.tell(ownerAt('edge-a', 'gone'), wanted, waiting);
		await settle();
		expect(events).toEqual([]);
		calls.tell(ownerAt('edge-b', 'there'), wanted, waiting);
		await settle();
		expect(events).toEqual([['warned', expect.stringContaining('another edge')]]);
	});

	it('from another edge reaches the owner, after it is known who waits', () => {
		const { calls, events } = open();
		const call = { wanted, waitingPeerIds: waiting };
		calls.accept(create(SwarmCallSchema, { ...call, peerId: 'gone' }));
		expect(events).toEqual([]);
		calls.accept(create(SwarmCallSchema, { ...call, peerId: 'here' }));
		expect(events).toEqual([
			['awaited', infoHash, waiting, 60_000],
			['told', { case: 'swarmWanted', value: wanted }],
		]);
	});
});
