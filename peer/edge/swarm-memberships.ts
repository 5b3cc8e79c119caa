// The swarms this peer is in, those of its other tabs as well, told to the edge: every change, and everything again at
// each admission. What the edge tells of them goes to whoever is in them. Knows nothing of links.
import { create } from '@bufbuild/protobuf';
import { hexToBytes } from '@noble/hashes/utils.js';
import { PeerMessageSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerId } from '../../proto/ids.ts';
import { maxJoinedSwarms } from '../../proto/limits.ts';
import { createListeners } from '../listeners.ts';
import type { SwarmLinks, SwarmMembership } from '../swarm/swarm-links.ts';
import type { InfoHash } from '../torrent/info-hash.ts';
import type { EdgeSession } from './edge-session.ts';

/** Others in a swarm, as the edge names them. */
export interface Introduction {
	readonly infoHash: InfoHash;
	readonly peerIds: readonly PeerId[];
}

export interface SwarmMemberships {
	/** Says them to an edge that has just admitted us. */
	admitted(session: EdgeSession): void;
	/** Those of the tabs that follow this one. Replaces what was said before. */
	setOthers(memberships: readonly SwarmMembership[]): void;
	/** Whether this tab itself is in a swarm. */
	isOwn(infoHash: InfoHash): boolean;
	introduced(introduction: Introduction): void;
	/** Hears every introduction. */
	onIntroduction(listener: (introduction: Introduction) => void): () => void;
}

export function createSwarmMemberships(
	links: Pick<SwarmLinks, 'memberships' | 'onMembershipChange' | 'introduced'>,
	session: () => EdgeSession | undefined,
): SwarmMemberships {
	const introductions = createListeners<Introduction>();
	let others: readonly SwarmMembership[] = [];

	function tell(): void {
		const current = session();
		if (current) say(current, [...links.memberships(), ...others]);
	}

	links.onMembershipChange(tell);
	return {
		admitted(admitted) {
			const memberships = [...links.memberships(), ...others];
			if (memberships.length > 0) say(admitted, memberships);
		},
		setOthers(memberships) {
			others = memberships;
			tell();
		},
		isOwn: (infoHash) => links.memberships().some((own) => own.infoHash === infoHash),
		introduced(introduction) {
			links.introduced(introduction.infoHash, introduction.peerIds);
			introductions.tell(introduction);
		},
		onIntroduction: introductions.add,
	};
}

/** Two tabs in one swarm are one member. Beyond the limit the latest count: they are what somebody waits for. */
function say(session: EdgeSession, memberships: readonly SwarmMembership[]): void {
	const isComplete = new Map<InfoHash, boolean>();
	for (const membership of memberships) {
		const before = isComplete.get(membership.infoHash) ?? true;
		isComplete.set(membership.infoHash, before && membership.isComplete);
	}
	const swarms = [...isComplete]
		.slice(-maxJoinedSwarms)
		.map(([infoHash, hasAll]) => ({ infoHash: hexToBytes(infoHash), isComplete: hasAll }));
	session.send(create(PeerMessageSchema, { body: { case: 'swarmMembership', value: { swarms } } }));
}
