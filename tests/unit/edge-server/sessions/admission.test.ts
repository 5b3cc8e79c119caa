import { describe, expect, it } from 'vitest';
import { create } from '@bufbuild/protobuf';
import { CloseReason } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { HeartbeatSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import { helloDigest } from '../../../../proto/identity.ts';
import { createEdgeWorld, createSigner, refusalOf, settle } from '../../../support/edge-world.ts';

const ada = createSigner(1);
const bob = createSigner(2);

describe('admission', () => {
	it('challenges, takes the lease, publishes, and only then welcomes', async () => {
		const world = createEdgeWorld();
		world.tracker.catalogSequence = 7n;
		const peer = world.connect();
		expect(peer.received.map((body) => body.case)).toEqual(['challenge']);
		expect(peer.of('challenge')[0]).toMatchObject({
			edgeId: 'edge-a',
			minProtocolVersion: 1,
			maxProtocolVersion: 1,
		});
		let welcomesBefore: number | undefined;
		world.bus.beforeStore = async () => {
			welcomesBefore = peer.of('welcome').length;
		};
		await peer.hello(ada, { displayName: ' Ada\u202e\n ' });
		expect(welcomesBefore).toBe(0);
		const welcome = peer.of('welcome')[0]!;
		expect(welcome).toMatchObject({
			edgeId: 'edge-a',
			heartbeatIntervalMs: 30_000,
			catalogSequence: 7n,
			iceServers: [{ urls: ['stun:stun.example'] }],
			announceTrackers: ['wss://tracker.example/'],
		});
		expect(world.bus.of('peerConnectionEstablished')).toMatchObject([
			{ peerId: ada.peerId, edgeId: 'edge-a', sessionId: welcome.sessionId, displayName: 'Ada' },
		]);
		expect(world.tracker.leases.get(ada.peerId)?.sessionId).toBe(welcome.sessionId);
		expect(world.sessions.authenticate(ada.peerId, welcome.sessionToken).peer.peerId).toBe(
			ada.peerId,
		);
	});

	it.each([
		['an unknown version', { protocolVersion: 9 }, 'unsupported'],
		['a malformed id', { peerId: '../etc' }, 'invalid-argument'],
		['a spoiled signature', { signature: new Uint8Array(64) }, 'unauthenticated'],
		['a short signature', { signature: new Uint8Array(3) }, 'unauthenticated'],
		['a key that is none', { peerId: 'nas', publicKey: new Uint8Array(33) }, 'unauthenticated'],
		['a long name', { displayName: 'x'.repeat(61) }, 'invalid-argument'],
		['the id of another key', { peerId: bob.peerId }, 'unauthenticated'],
	])('refuses %s', async (_, changes, code) => {
		const world = createEdgeWorld();
		const peer = world.connect();
		await peer.hello(ada, changes);
		expect(refusalOf(peer).code).toBe(code);
		expect(peer.of('reject')).toHaveLength(1);
		expect(world.tracker.claims).toHaveLength(0);
		expect(world.bus.published).toHaveLength(0);
		expect(world.sessions.counts()).toMatchObject({ challenged: 0, claiming: 0, admitted: 0 });
	});

	it('says which versions it speaks', async () => {
		const peer = createEdgeWorld().connect();
		await peer.hello(ada, { protocolVersion: 9 });
		expect(peer.of('reject')[0]?.failure?.message).toContain('speaks 1 to 1');
	});

	it('refuses a stolen id even when the thief signs for it with a key of its own', async () => {
		const peer = createEdgeWorld().connect();
		await peer.hello({ ...ada, peerId: bob.peerId });
		expect(refusalOf(peer).code).toBe('unauthenticated');
	});

	it('refuses a proof made for the nonce of another session', async () => {
		const world = createEdgeWorld();
		const overheard = world.connect().of('challenge')[0]!;
		const peer = world.connect();
		const signature = ada.sign(helloDigest(overheard.nonce, overheard.edgeId, ada.peerId));
		await peer.hello(ada, { signature });
		expect(refusalOf(peer).code).toBe('unauthenticated');
	});

	it('refuses a proof made for another edge', async () => {
		const peer = createEdgeWorld().connect();
		const { nonce } = peer.of('challenge')[0]!;
		await peer.hello(ada, { signature: ada.sign(helloDigest(nonce, 'edge-b', ada.peerId)) });
		expect(refusalOf(peer).code).toBe('unauthenticated');
	});

	it('refuses a hello that names another peer than the metadata', async () => {
		const peer = createEdgeWorld().connect({ claimedPeerId: bob.peerId });
		await peer.hello(ada);
		expect(refusalOf(peer).code).toBe('invalid-argument');
	});

	it('gives up on a stream that says nothing', async () => {
		const world = createEdgeWorld();
		const peer = world.connect();
		await world.pass(9_750);
		expect(peer.closedWith).toBeUndefined();
		await world.pass(250);
		expect(refusalOf(peer).code).toBe('timed-out');
		expect(world.sessions.counts().challenged).toBe(0);
	});

	it('holds no more peers than it may, and has room again when one leaves', async () => {
		const world = createEdgeWorld({ maxPeers: 1 });
		const first = await world.admit(ada);
		const second = world.connect();
		await second.hello(bob);
		expect(refusalOf(second)).toMatchObject({
			code: 'resource-exhausted',
			reject: { retryAfterMs: 30_000 },
		});
		first.receiver.closed();
		await settle();
		expect((await world.admit(bob)).of('welcome')).toHaveLength(1);
	});

	it('counts peers that are still being admitted', async () => {
		const world = createEdgeWorld({ maxPeers: 1 });
		const [first, second] = [world.connect(), world.connect()];
		await Promise.all([first.hello(ada), second.hello(bob)]);
		const welcomes = first.of('welcome').length + second.of('welcome').length;
		expect(welcomes).toBe(1);
	});

	it('binds a chosen id to the first key that claims it', async () => {
		const world = createEdgeWorld();
		const owner = await world.admit({ ...ada, peerId: 'nas' });
		owner.receiver.closed();
		await settle();
		const thief = world.connect();
		await thief.hello({ ...bob, peerId: 'nas' });
		expect(refusalOf(thief)).toMatchObject({
			code: 'permission-denied',
			reject: { retryAfterMs: 0 },
		});
		expect(world.bus.of('peerConnectionEstablished')).toHaveLength(1);
	});

	it('refuses another key at once while the owner of a chosen id is connected', async () => {
		const world = createEdgeWorld();
		const owner = await world.admit({ ...ada, peerId: 'nas' });
		owner.isAnswering = false;
		const thief = world.connect();
		await thief.hello({ ...bob, peerId: 'nas' });
		expect(refusalOf(thief).code).toBe('permission-denied');
		expect(owner.closedWith).toBeUndefined();
	});
});

describe('a second session of a peer', () => {
	it('is refused while the first one answers', async () => {
		const world = createEdgeWorld();
		const first = await world.admit(ada);
		const second = await world.admit(ada);
		expect(refusalOf(second)).toMatchObject({
			code: 'already-exists',
			reject: { failure: { code: ErrorCode.ALREADY_EXISTS }, retryAfterMs: 5_000 },
		});
		expect(first.closedWith).toBeUndefined();
		expect(world.bus.of('peerConnectionClosed')).toHaveLength(0);
	});

	it('takes the place of a first one that does not answer within two seconds', async () => {
		const world = createEdgeWorld();
		const first = await world.admit(ada);
		first.isAnswering = false;
		const second = world.connect();
		const said = second.hello(ada);
		await world.pass(1_750);
		expect(first.closedWith).toBeUndefined();
		await world.pass(250);
		await said;
		expect(first.closedWith?.error?.code).toBe('already-exists');
		expect(second.of('welcome')).toHaveLength(1);
		const firstId = first.of('welcome')[0]!.sessionId;
		expect(world.bus.of('peerConnectionClosed')).toMatchObject([
			{ sessionId: firstId, reason: CloseReason.REPLACED },
		]);
		expect(world.tracker.claims[1]?.replacesSessionId).toBe(firstId);
		expect(world.bus.published.map(({ body }) => body.case)).toEqual([
			'peerConnectionEstablished',
			'peerConnectionClosed',
			'peerConnectionEstablished',
		]);
		first.receiver.closed();
		await settle();
		expect(world.bus.of('peerConnectionClosed')).toHaveLength(1);
	});

	it('counts any message as an answer', async () => {
		const world = createEdgeWorld();
		const first = await world.admit(ada);
		first.isAnswering = false;
		const second = world.connect();
		const said = second.hello(ada);
		await world.pass(1_000);
		const value = create(HeartbeatSchema, { sentAtMs: 5n });
		await first.say({ case: 'heartbeat', value });
		await said;
		expect(refusalOf(second).code).toBe('already-exists');
	});

	it('is admitted at once when the first one leaves while it is asked', async () => {
		const world = createEdgeWorld();
		const first = await world.admit(ada);
		first.isAnswering = false;
		const second = world.connect();
		const said = second.hello(ada);
		await settle();
		first.receiver.closed();
		await said;
		expect(second.of('welcome')).toHaveLength(1);
		expect(world.bus.of('peerConnectionClosed')[0]?.reason).toBe(CloseReason.LEFT);
	});

	it('and a third one wait for each other: one is admitted', async () => {
		const world = createEdgeWorld();
		const peers = [world.connect(), world.connect(), world.connect()];
		await Promise.all(peers.map((peer) => peer.hello(ada)));
		expect(peers.map((peer) => peer.of('welcome').length)).toEqual([1, 0, 0]);
	});
});
