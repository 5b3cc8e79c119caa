import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { CloseReason } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { HeartbeatSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { createEdgeWorld, createSigner } from '../../../support/edge-world.ts';

const ada = createSigner(1);

describe('heartbeats', () => {
	it('are sent at each interval to peers that are admitted', async () => {
		const world = createEdgeWorld();
		await world.sessions.start();
		const peer = await world.admit(ada);
		await world.pass(90_000, 5_000);
		expect(peer.of('heartbeat')).toHaveLength(3);
		expect(peer.closedWith).toBeUndefined();
	});

	it('let go of a peer that has not been heard for the time-out', async () => {
		const world = createEdgeWorld();
		await world.sessions.start();
		const peer = await world.admit(ada);
		peer.isAnswering = false;
		await world.pass(119_000, 1_000);
		expect(peer.closedWith).toBeUndefined();
		await world.pass(2_000, 1_000);
		expect(peer.closedWith?.error?.code).toBe('timed-out');
		expect(world.bus.of('peerConnectionClosed')).toMatchObject([{ reason: CloseReason.TIMED_OUT }]);
	});

	it('stop with the edge', async () => {
		const world = createEdgeWorld();
		await world.sessions.start();
		await world.sessions.stop();
		await world.pass(1_000);
		expect(world.clock.pending()).toBe(0);
	});

	it('of a peer are answered with its own time', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		const value = create(HeartbeatSchema, { sentAtMs: 42n });
		await peer.say({ case: 'heartbeat', value });
		expect(peer.of('heartbeat')).toMatchObject([
			{ answersSentAtMs: 42n, sentAtMs: BigInt(world.clock.now()) },
		]);
	});

	it('that are answers are not answered', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		const value = create(HeartbeatSchema, { sentAtMs: 42n, answersSentAtMs: 41n });
		await peer.say({ case: 'heartbeat', value });
		expect(peer.of('heartbeat')).toHaveLength(0);
	});
});
