import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { GiggityflixError } from '../../../../proto/errors.ts';
import {
	CatalogSnapshotSchema,
	HeartbeatSchema,
	PeerWebRTCMessageSchema,
} from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import { maxMessagesPerSecond } from '../../../../proto/limits.ts';
import {
	createEdgeWorld,
	createSigner,
	settle,
	type TestPeer,
} from '../../../support/edge-world.ts';

const [ada, bob] = [createSigner(1), createSigner(2)];
const beat = {
	case: 'heartbeat',
	value: create(HeartbeatSchema, { answersSentAtMs: 1n }),
} as const;
const burst = 3 * maxMessagesPerSecond;

async function flood(peer: TestPeer, count: number): Promise<void> {
	for (let index = 0; index < count; index += 1) await peer.say(beat);
}

describe('what a peer sends', () => {
	it('is refused when it cannot be decoded, and the session ends', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		peer.receiver.receiveMalformed(new GiggityflixError('invalid-argument', 'not a PeerFrame'));
		expect(peer.of('reject')[0]?.failure?.code).toBe(ErrorCode.INVALID_ARGUMENT);
		expect(peer.closedWith?.error?.code).toBe('invalid-argument');
	});

	it('may come in a burst and at the rate, and not faster', async () => {
		const world = createEdgeWorld();
		const [peer, other] = [await world.admit(ada), await world.admit(bob)];
		// Hello was the first of the burst.
		await flood(peer, burst - 1);
		world.clock.advance(1_000);
		await flood(peer, maxMessagesPerSecond);
		expect(peer.closedWith).toBeUndefined();
		await flood(peer, 1);
		expect(peer.of('reject')[0]?.failure?.code).toBe(ErrorCode.RESOURCE_EXHAUSTED);
		expect(peer.closedWith?.error?.code).toBe('resource-exhausted');
		expect(other.closedWith).toBeUndefined();
	});

	it('is limited before it has proved anything, too', async () => {
		const world = createEdgeWorld();
		const peer = world.connect();
		const said = [];
		for (let index = 0; index <= burst; index += 1) said.push(peer.say(beat));
		await Promise.all(said);
		expect(peer.of('reject')).toHaveLength(1);
		expect(peer.closedWith).toBeDefined();
	});

	it('counts signalling as much as messages, through either door', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		const { sessionToken } = peer.of('welcome')[0]!;
		await flood(peer, burst - 1);
		const step = create(PeerWebRTCMessageSchema);
		await expect(
			world.sessions.webRtc({ peerId: ada.peerId, sessionToken }, step),
		).rejects.toMatchObject({ code: 'resource-exhausted' });
		expect(peer.closedWith).toBeDefined();
	});

	it('does not pile up behind a bus that stands still', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		world.bus.beforeStore = () => new Promise(() => undefined);
		const value = create(CatalogSnapshotSchema, { sequence: 1n, last: true });
		void peer.say({ case: 'catalogSnapshot', value });
		for (let second = 0; second < 5 && !peer.closedWith; second += 1) {
			for (let index = 0; index < maxMessagesPerSecond; index += 1) void peer.say(beat);
			world.clock.advance(1_000);
		}
		await settle();
		expect(peer.closedWith?.error?.code).toBe('resource-exhausted');
	});

	it('is a signalling step only after the welcome', async () => {
		const world = createEdgeWorld();
		const peer = world.connect();
		const answer = await peer.receiver.receiveWebRtc(create(PeerWebRTCMessageSchema));
		expect(answer.failure?.code).toBe(ErrorCode.INVALID_ARGUMENT);
		expect(peer.closedWith?.error?.code).toBe('invalid-argument');
	});

	it('means nothing after the end', async () => {
		const world = createEdgeWorld();
		const peer = await world.admit(ada);
		peer.receiver.closed();
		await peer.say(beat);
		const answer = await peer.receiver.receiveWebRtc(create(PeerWebRTCMessageSchema));
		expect(answer.failure?.code).toBe(ErrorCode.UNAVAILABLE);
		expect(peer.of('reject')).toHaveLength(0);
	});
});
