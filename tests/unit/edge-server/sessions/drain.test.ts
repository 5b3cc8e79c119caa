import { describe, expect, it } from 'vitest';
import { CloseReason } from '../../../../proto/gen/giggityflix/v1/events_pb.js';
import { createEdgeWorld, createSigner, settle } from '../../../support/edge-world.ts';

const signers = [1, 2, 3].map(createSigner);

describe('drain', () => {
	it('tells every peer to come back at a time of its own, then lets go', async () => {
		const world = createEdgeWorld();
		const peers = [];
		for (const signer of signers) peers.push(await world.admit(signer));
		const drained = world.sessions.drain(new AbortController().signal);
		const delays = peers.map((peer) => peer.of('drain')[0]!.reconnectAfterMs);
		expect(new Set(delays).size).toBe(3);
		for (const delayMs of delays) {
			expect(delayMs).toBeGreaterThanOrEqual(1_000);
			expect(delayMs).toBeLessThan(2_000);
		}
		expect(peers.every((peer) => peer.closedWith === undefined)).toBe(true);
		await world.pass(250);
		await drained;
		expect(peers.map((peer) => peer.closedWith?.error?.code)).toEqual(Array(3).fill('unavailable'));
		expect(world.bus.of('peerConnectionClosed').map(({ reason }) => reason)).toEqual(
			Array(3).fill(CloseReason.DRAINED),
		);
		expect(world.tracker.leases.size).toBe(0);
	});

	it('refuses whoever comes while it lasts', async () => {
		const world = createEdgeWorld();
		await world.sessions.drain(new AbortController().signal);
		const peer = world.connect();
		expect(peer.of('challenge')).toHaveLength(0);
		expect(peer.of('reject')[0]?.retryAfterMs).toBe(2_000);
		expect(peer.closedWith?.error?.code).toBe('unavailable');
	});

	it('takes back a peer that is half admitted', async () => {
		const world = createEdgeWorld();
		let letGo = (): void => undefined;
		world.bus.beforeStore = (body) =>
			body.case === 'peerConnectionEstablished'
				? new Promise<void>((resolve) => (letGo = resolve))
				: Promise.resolve();
		const peer = world.connect();
		void peer.hello(signers[0]!);
		await settle();
		let isDrained = false;
		const drained = world.sessions.drain(new AbortController().signal).then(() => {
			isDrained = true;
		});
		await settle();
		expect(isDrained).toBe(false);
		letGo();
		await drained;
		expect(peer.of('welcome')).toHaveLength(0);
		expect(world.bus.of('peerConnectionClosed')).toHaveLength(1);
		expect(world.tracker.leases.size).toBe(0);
	});

	it('does not wait longer than it may', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(signers[0]!);
		world.bus.beforeStore = () => new Promise(() => undefined);
		const deadline = new AbortController();
		const drained = world.sessions.drain(deadline.signal);
		await world.pass(250);
		expect(peer.closedWith).toBeDefined();
		deadline.abort();
		await drained;
	});

	it('ends the sessions even when there is no time at all', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(signers[0]!);
		await world.sessions.drain(AbortSignal.abort());
		expect(peer.of('drain')).toHaveLength(1);
		expect(peer.closedWith).toBeDefined();
	});
});
