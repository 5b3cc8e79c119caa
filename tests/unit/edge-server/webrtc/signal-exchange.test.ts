// Steps from other edges: handed on once to the session they are for, and answered every time.
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { defaultTopics } from '../../../../bus/topics.ts';
import {
	PeerSignalSchema,
	SignalDelivery,
	type PeerSignal,
} from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { SignedDescriptionSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { createEdgeWorld, createSigner, edgeId, settle } from '../../../support/edge-world.ts';

const bob = createSigner(2);

async function open() {
	const world = createEdgeWorld();
	await world.sessions.start();
	const peer = await world.admit(bob);
	const { sessionId } = peer.of('welcome')[0]!;
	const receive = async (
		changes: Partial<Pick<PeerSignal, 'fromEdgeId' | 'toPeerId' | 'toSessionId'>> = {},
	) => {
		const value = create(PeerSignalSchema, {
			signalId: 'signal-1',
			fromEdgeId: 'edge-b',
			toPeerId: bob.peerId,
			toSessionId: sessionId,
			signal: {
				webrtcSessionId: 'w'.repeat(26),
				fromPeerId: createSigner(1).peerId,
				step: { case: 'offer', value: create(SignedDescriptionSchema, { sdp: 'v=0' }) },
			},
			...changes,
		});
		await world.bus.deliver(defaultTopics.edgeCommands(edgeId), { case: 'peerSignal', value });
		await settle();
	};
	const outcomes = () => world.bus.of('peerSignalOutcome').map(({ delivery }) => delivery);
	return { world, peer, receive, outcomes };
}

describe('a step from another edge', () => {
	it('is handed on, and the other edge is told', async () => {
		const { world, peer, receive } = await open();
		await receive();
		expect(peer.of('webrtcSignal')).toMatchObject([
			{ fromPeerId: createSigner(1).peerId, step: { value: { sdp: 'v=0' } } },
		]);
		expect(world.bus.published.at(-1)).toMatchObject({
			topic: 'edge.edge-b.commands',
			key: bob.peerId,
			body: { value: { signalId: 'signal-1', delivery: SignalDelivery.DELIVERED } },
		});
	});

	it('that comes twice is handed on once and answered twice', async () => {
		const { peer, receive, outcomes } = await open();
		await receive();
		await receive();
		expect(peer.of('webrtcSignal')).toHaveLength(1);
		expect(outcomes()).toEqual([SignalDelivery.DELIVERED, SignalDelivery.DELIVERED]);
	});

	it.each([
		['another session', { toSessionId: 'an earlier one' }],
		['somebody who is away', { toPeerId: createSigner(3).peerId }],
		['nobody', { toPeerId: '' }],
	])('for %s is answered as absent', async (_, changes) => {
		const { peer, receive, outcomes } = await open();
		await receive(changes);
		expect(peer.of('webrtcSignal')).toEqual([]);
		expect(outcomes()).toEqual([SignalDelivery.ABSENT]);
	});

	it('for a peer that is too far behind is answered as congested', async () => {
		const { peer, receive, outcomes } = await open();
		peer.bufferedBytes = 256 * 1024 + 1;
		await receive();
		expect(outcomes()).toEqual([SignalDelivery.CONGESTED]);
	});

	it('that cannot be answered is logged', async () => {
		const { world, receive } = await open();
		await receive({ fromEdgeId: '?' });
		expect(world.log).toMatchObject([{ level: 'warn', fields: { code: 'invalid-argument' } }]);
	});
});
