// The swarms this peer is in, told to the edge: every change, and everything again at each admission. What the edge
// tells of them goes to whoever is in them. Knows nothing of links.
import { create } from '@bufbuild/protobuf';
import { hexToBytes } from '@noble/hashes/utils.js';
import { PeerMessageSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { maxJoinedSwarms } from '../../proto/limits.ts';
import type { SwarmLinks, SwarmMembership } from '../swarm/swarm-links.ts';
import type { EdgeSession } from './edge-session.ts';

export interface SwarmMemberships {
	/** Says them to an edge that has just admitted us. */
	admitted(session: EdgeSession): void;
}

export function createSwarmMemberships(
	links: Pick<SwarmLinks, 'memberships' | 'onMembershipChange'>,
	session: () => EdgeSession | undefined,
): SwarmMemberships {
	links.onMembershipChange(() => {
		const current = session();
		if (current) say(current, links.memberships());
	});
	return {
		admitted(admitted) {
			const memberships = links.memberships();
			if (memberships.length > 0) say(admitted, memberships);
		},
	};
}

/** Beyond the limit the latest count: they are what somebody waits for. */
function say(session: EdgeSession, memberships: readonly SwarmMembership[]): void {
	const swarms = memberships
		.slice(-maxJoinedSwarms)
		.map(({ infoHash, isComplete }) => ({ infoHash: hexToBytes(infoHash), isComplete }));
	session.send(create(PeerMessageSchema, { body: { case: 'swarmMembership', value: { swarms } } }));
}
