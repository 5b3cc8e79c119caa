import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../../proto/gen/giggityflix/v1/errors_pb.js';
import { SwarmMembershipSchema } from '../../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { createEdgeWorld, createSigner } from '../../../support/edge-world.ts';

const [ada, bob] = [createSigner(1), createSigner(2)];
const infoHash = new Uint8Array(20).fill(1);
const said = (swarms: readonly { infoHash: Uint8Array; isComplete?: boolean }[]) =>
	({
		case: 'swarmMembership',
		value: create(SwarmMembershipSchema, { swarms: [...swarms] }),
	}) as const;

describe('swarm membership', () => {
	it.each([
		[
			'more swarms than a page may be in',
			Array.from({ length: 51 }, () => ({ infoHash })),
			ErrorCode.RESOURCE_EXHAUSTED,
		],
		['a malformed info hash', [{ infoHash: infoHash.slice(1) }], ErrorCode.INVALID_ARGUMENT],
	])('of %s is refused, and the session goes on', async (_, swarms, code) => {
		const peer = await createEdgeWorld().admit(ada);
		await peer.say(said(swarms));
		expect(peer.of('reject')).toMatchObject([{ failure: { code } }]);
		expect(peer.closedWith).toBeUndefined();
	});

	it('introduces who comes later to who was there, until one has gone', async () => {
		const world = createEdgeWorld();
		const [first, second] = [await world.admit(ada), await world.admit(bob)];
		await first.say(said([{ infoHash, isComplete: true }]));
		await second.say(said([{ infoHash, isComplete: true }]));
		expect(first.of('swarmPeers')).toEqual([]);
		expect(second.of('swarmPeers')).toMatchObject([{ peerIds: [ada.peerId] }]);
		first.receiver.closed();
		await second.say(said([]));
		await second.say(said([{ infoHash, isComplete: true }]));
		expect(second.of('swarmPeers')).toHaveLength(1);
	});
});
