// Admission while the tracker or the bus fails, or the peer leaves in the middle of it: nothing is left half done.
import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { createEdgeWorld, createSigner, refusalOf, settle } from '../../../support/edge-world.ts';

const ada = createSigner(1);

describe('admission with a tracker or bus that fails', () => {
	it('refuses a peer that another edge holds', async () => {
		const world = createEdgeWorld();
		world.tracker.before = async () => {
			throw new ConnectError('held elsewhere', Code.AlreadyExists);
		};
		const peer = await world.admit(ada);
		expect(refusalOf(peer).code).toBe('already-exists');
	});

	it('asks to come back when the tracker cannot be reached', async () => {
		const world = createEdgeWorld();
		world.tracker.before = async () => {
			throw new Error('connection refused');
		};
		const peer = await world.admit(ada);
		expect(refusalOf(peer)).toMatchObject({ code: 'unavailable', reject: { retryAfterMs: 2_000 } });
		expect(world.bus.published).toHaveLength(0);
	});

	it('does not wait for a tracker that never answers', async () => {
		const world = createEdgeWorld();
		world.tracker.before = () => new Promise(() => undefined);
		const peer = world.connect();
		const said = peer.hello(ada);
		await world.pass(5_000);
		await said;
		expect(refusalOf(peer).code).toBe('unavailable');
	});

	it('gives the lease back when the bus does not store the event', async () => {
		const world = createEdgeWorld();
		world.bus.beforeStore = async (body) => {
			if (body.case === 'peerConnectionEstablished') throw new Error('no broker');
		};
		const peer = await world.admit(ada);
		expect(refusalOf(peer).code).toBe('unavailable');
		expect(world.tracker.leases.size).toBe(0);
		// It may have been stored all the same.
		expect(world.bus.of('peerConnectionClosed')).toHaveLength(1);
	});

	it('releases the first session when the claim of its successor fails', async () => {
		const world = createEdgeWorld();
		const first = await world.admit(ada);
		first.isAnswering = false;
		world.tracker.before = async (call) => {
			if (call === 'claim') throw new Error('connection refused');
		};
		const second = world.connect();
		const said = second.hello(ada);
		await world.pass(2_000);
		await said;
		expect(refusalOf(second).code).toBe('unavailable');
		expect(world.tracker.leases.size).toBe(0);
	});

	it('takes everything back when the peer leaves while the claim is under way', async () => {
		const world = createEdgeWorld();
		let letGo = (): void => undefined;
		world.tracker.before = (call) =>
			call === 'claim' ? new Promise<void>((resolve) => (letGo = resolve)) : Promise.resolve();
		const peer = world.connect();
		const said = peer.hello(ada);
		await settle();
		expect(world.sessions.counts().claiming).toBe(1);
		peer.receiver.closed();
		letGo();
		await said;
		await settle();
		expect(world.tracker.leases.size).toBe(0);
		const closed = world.bus.of('peerConnectionClosed');
		expect(closed).toHaveLength(world.bus.of('peerConnectionEstablished').length);
		expect(world.sessions.find(ada.peerId)).toBeUndefined();
	});
});
