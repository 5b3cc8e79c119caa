// The swarms a peer is in; replaces what it said before.
import { GiggityflixError } from '../../proto/errors.ts';
import type { SwarmMembership } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { maxJoinedSwarms } from '../../proto/limits.ts';
import { toInfoHash } from '../swarms/owner-calls.ts';
import type { PeerContext } from './handlers.ts';

export function swarmMembership(context: PeerContext, { swarms }: SwarmMembership): void {
	if (swarms.length > maxJoinedSwarms) {
		throw new GiggityflixError('resource-exhausted', `at most ${maxJoinedSwarms} swarms`);
	}
	const { introductions, session, peer } = context;
	introductions.setMembership(
		{ session, peerId: peer.peerId },
		new Map(swarms.map(({ infoHash, isComplete }) => [toInfoHash(infoHash), isComplete])),
	);
}
