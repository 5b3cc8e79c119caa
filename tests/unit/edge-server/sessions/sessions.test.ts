import { describe, expect, it } from 'vitest';
import { CloseReason } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { createEdgeWorld, createSigner, settle } from '../../../support/edge-world.ts';

const [ada, bob] = [createSigner(1), createSigner(2)];

describe('createSessions', () => {
	it('counts sessions by state and door', async () => {
		const world = createEdgeWorld();
		world.connect();
		await world.admit(ada);
		const overGrpc = world.connect({ door: 'grpc', claimedPeerId: bob.peerId });
		await overGrpc.hello(bob);
		expect(world.sessions.counts()).toEqual({
			challenged: 1,
			claiming: 0,
			admitted: 2,
			websocket: 1,
			grpc: 1,
		});
		expect(world.sessions.list().map(({ peer }) => peer.peerId)).toEqual([ada.peerId, bob.peerId]);
	});

	it('knows a session by its token, while it lasts', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		const { sessionToken, sessionId } = peer.of('welcome')[0]!;
		expect(world.sessions.authenticate(ada.peerId, sessionToken).session.id).toBe(sessionId);
		for (const [peerId, token] of [
			[ada.peerId, 'guess'],
			[ada.peerId, ''],
			[bob.peerId, sessionToken],
			[bob.peerId, ''],
		] as const) {
			expect(() => world.sessions.authenticate(peerId, token)).toThrow(
				expect.objectContaining({ code: 'unauthenticated' }),
			);
		}
		peer.receiver.closed();
		expect(() => world.sessions.authenticate(ada.peerId, sessionToken)).toThrow();
	});

	it('says once that a peer has left, however often its door says so', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		peer.receiver.closed();
		peer.receiver.closed();
		await settle();
		expect(world.bus.of('peerConnectionClosed')).toMatchObject([
			{ peerId: ada.peerId, reason: CloseReason.LEFT },
		]);
		expect(world.sessions.find(ada.peerId)).toBeUndefined();
	});

	it('asks a peer for a snapshot when the tracker has lost what it announced', async () => {
		const world = createEdgeWorld();
		await world.sessions.start();
		world.tracker.catalogSequence = 6n;
		const peer = await world.admit(ada);
		world.tracker.catalogSequence = 0n;
		const silent = await world.admit(bob);
		world.tracker.unknownPeerIds = [ada.peerId, bob.peerId];
		await world.pass(10_000);
		expect(peer.of('snapshotRequest')).toMatchObject([{ lastSequence: 6n }]);
		expect(silent.of('snapshotRequest')).toEqual([]);
	});

	it('takes a peer back with the sequence number it left with', async () => {
		const world = createEdgeWorld();
		const first = await world.admit(ada);
		first.receiver.closed();
		world.tracker.catalogSequence = 3n;
		const second = await world.admit(ada);
		expect(second.of('welcome')[0]?.catalogSequence).toBe(3n);
	});

	it('ends a session whose lease was lost', async () => {
		const world = createEdgeWorld();
		await world.sessions.start();
		const peer = await world.admit(ada);
		world.tracker.leases.delete(ada.peerId);
		await world.pass(10_000, 1_000);
		expect(peer.closedWith?.error?.code).toBe('unavailable');
		expect(world.bus.of('peerConnectionClosed')).toMatchObject([{ reason: CloseReason.SWEPT }]);
	});

	it('keeps its sessions while the tracker is away, but not for longer than its leases last', async () => {
		const world = createEdgeWorld();
		await world.sessions.start();
		const peer = await world.admit(ada);
		world.tracker.before = async () => {
			throw new Error('connection refused');
		};
		await world.pass(28_000, 1_000);
		expect(peer.closedWith).toBeUndefined();
		await world.pass(2_000, 1_000);
		expect(peer.closedWith?.error).toMatchObject({
			code: 'unavailable',
			message: 'the tracker cannot be reached',
		});
		expect(world.bus.of('peerConnectionClosed')).toMatchObject([{ reason: CloseReason.SWEPT }]);
	});

	it('lets only so many streams wait for admission', async () => {
		const world = createEdgeWorld({ maxUnadmitted: 2 });
		const peers = [world.connect(), world.connect(), world.connect()];
		expect(peers.map((peer) => peer.closedWith?.error?.code)).toEqual([
			undefined,
			undefined,
			'resource-exhausted',
		]);
		peers[0]!.receiver.closed();
		expect(world.connect().closedWith).toBeUndefined();
	});

	it('leaves nothing behind when it stops', async () => {
		const world = createEdgeWorld();
		await world.sessions.start();
		const peer = await world.admit(ada);
		const waiting = world.connect();
		await world.sessions.stop();
		expect(peer.closedWith).toBeDefined();
		expect(waiting.closedWith).toBeDefined();
		expect(world.bus.of('peerConnectionClosed')).toHaveLength(1);
		expect(world.clock.pending()).toBe(0);
	});
});
