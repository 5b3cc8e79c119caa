import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { createHeartbeats } from '../../../../edge-server/sessions/heartbeats.ts';
import type { Session } from '../../../../edge-server/sessions/session.ts';
import { CloseReason } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { HeartbeatSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { createEdgeWorld, createSigner } from '../../../support/edge-world.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

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

	it('of many peers are sent a few at a time', () => {
		const clock = createManualClock();
		const beaten: number[] = [];
		const crowd = Array.from({ length: 250 }, (_, number) => ({
			lastHeardAtMs: () => clock.monotonicMs(),
			send: () => void beaten.push(number),
		}));
		const heartbeats = createHeartbeats({
			...{ clock, intervalMs: 30_000, timeoutMs: 120_000 },
			admitted: () => crowd as unknown as Session[],
		});
		const stop = heartbeats.start();
		clock.advance(30_000);
		expect(beaten).toHaveLength(100);
		clock.advance(1_000);
		expect(beaten).toEqual(Array.from(crowd.keys()));
		clock.advance(30_000);
		expect(beaten).toHaveLength(2 * crowd.length);
		clock.advance(29_050);
		expect(beaten.length % crowd.length).toBeGreaterThan(0);
		stop();
		expect(clock.pending()).toBe(0);
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
