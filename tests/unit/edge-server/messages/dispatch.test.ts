import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { currentLogFields } from '../../../../bus/log-context.ts';
import {
	HelloSchema,
	CatalogSnapshotSchema,
	HeartbeatSchema,
	PeerMessageSchema,
	PosterSchema,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import { createEdgeWorld, createSigner } from '../../../support/edge-world.ts';
import { offerId } from '../../../support/offers.ts';
import { webP } from '../../../support/web-p.ts';

const ada = createSigner(1);

describe('the order of messages', () => {
	it.each([
		['an announcement', { case: 'catalogSnapshot', value: create(CatalogSnapshotSchema) }],
		['a heartbeat', { case: 'heartbeat', value: create(HeartbeatSchema) }],
		['nothing at all', { case: undefined }],
	] as const)('starts with hello: %s ends the session', async (_, body) => {
		const world = createEdgeWorld();
		const peer = world.connect();
		await peer.receiver.receive(create(PeerMessageSchema, { body }));
		expect(peer.of('reject')[0]?.failure?.code).toBe(ErrorCode.INVALID_ARGUMENT);
		expect(peer.closedWith?.error?.code).toBe('invalid-argument');
		expect(world.bus.published).toHaveLength(0);
	});

	it('has hello once', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		await peer.say({ case: 'hello', value: create(HelloSchema) });
		expect(peer.closedWith?.error?.code).toBe('invalid-argument');
		expect(world.bus.of('peerConnectionClosed')).toHaveLength(1);
	});

	it('has hello once, also while the first one is still looked at', async () => {
		const world = createEdgeWorld();
		const peer = world.connect();
		await Promise.all([peer.hello(ada), peer.hello(ada)]);
		expect(peer.of('welcome')).toHaveLength(1);
		expect(peer.closedWith?.error?.code).toBe('invalid-argument');
	});

	it('is kept: what follows hello waits for the welcome', async () => {
		const world = createEdgeWorld();
		const peer = world.connect();
		const beat = create(HeartbeatSchema, { sentAtMs: 7n });
		await Promise.all([peer.hello(ada), peer.say({ case: 'heartbeat', value: beat })]);
		expect(peer.received.map((body) => body.case)).toEqual(['challenge', 'welcome', 'heartbeat']);
	});
});

describe('what is logged on behalf of a peer', () => {
	it('names the session, and the peer once it is admitted', async () => {
		const world = createEdgeWorld();
		const bound: unknown[] = [];
		world.tracker.before = async () => void bound.push(currentLogFields());
		world.bus.beforeStore = async () => void bound.push(currentLogFields());
		const peer = await world.admit(ada);
		const { sessionId } = peer.of('welcome')[0]!;
		expect(bound).toContainEqual({ sessionId });
		world.posters.set = () => {
			bound.push(currentLogFields());
			return world.posters;
		};
		const value = create(PosterSchema, { offerId: offerId(1), image: webP(20) });
		await peer.say({ case: 'poster', value });
		expect(bound.at(-1)).toEqual({ sessionId, peerId: ada.peerId });
		expect(currentLogFields()).toEqual({});
	});
});

describe('what handlers throw', () => {
	it('is answered with its code when it is a message of the future', async () => {
		const peer = await createEdgeWorld().admit(ada);
		await peer.receiver.receive(create(PeerMessageSchema));
		expect(peer.of('reject')[0]?.failure?.code).toBe(ErrorCode.UNSUPPORTED);
		expect(peer.closedWith).toBeUndefined();
	});

	it('is logged once and answered as internal when it is a defect', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		world.posters.set = () => {
			throw new TypeError('undefined is not a function, token=secret');
		};
		const value = create(PosterSchema, { offerId: offerId(1), image: webP(20) });
		await peer.say({ case: 'poster', value });
		expect(world.log).toMatchObject([{ level: 'error', fields: { message: 'poster' } }]);
		expect(peer.of('posterStored')[0]?.failure?.code).toBe(ErrorCode.INTERNAL);
		expect(JSON.stringify(peer.of('posterStored')[0]?.failure)).not.toContain('secret');
		expect(peer.closedWith).toBeUndefined();
	});

	it('ends a session that is not admitted yet', async () => {
		const world = createEdgeWorld();
		const peer = world.connect();
		world.clock.now = () => {
			throw new TypeError('no clock');
		};
		await peer.hello(ada);
		expect(world.log).toHaveLength(1);
		expect(peer.closedWith?.error?.code).toBe('internal');
		expect(world.bus.of('peerConnectionClosed')).toHaveLength(1);
		expect(world.tracker.leases.size).toBe(0);
	});
});
