// The swarms one tab is in and its links to their members, whom the edge introduces: a newcomer offers a link to each
// member it is told of, members accept what newcomers offer. Rule: one link to one member of one swarm. What the links
// are used for, and who tells the edge, is not known here.
import type { PeerId } from '../../proto/ids.ts';
import { maxIntroductions } from '../../proto/limits.ts';
import { createListeners } from '../listeners.ts';
import type { InfoHash } from '../torrent/info-hash.ts';
import type { ConnectRequest } from '../transfer/offer-link.ts';
import {
	createMemberEnd,
	type CreateMemberEnd,
	type MemberEnd,
	type MemberName,
} from './member-link.ts';
import type { SwarmLink } from './swarm.ts';

export interface SwarmMembership {
	readonly infoHash: InfoHash;
	/** Whether this peer has all of it. */
	readonly isComplete: boolean;
}

export interface SwarmLinks {
	/**
	 * From now on the edge introduces this tab to the others in the swarm, and `onLink` gets a link to each. Returns the
	 * leave; links stay with whoever got them. Entering a swarm twice at a time is a programmer's mistake. Those who are
	 * not `isWanted` are neither offered a link nor accepted.
	 */
	enter(
		membership: SwarmMembership,
		onLink: (link: SwarmLink) => void,
		isWanted?: (peerId: PeerId) => boolean,
	): () => void;
	memberships(): readonly SwarmMembership[];
	onMembershipChange(listener: () => void): () => void;
	/** The edge has named others in a swarm; those without a link are offered one. */
	introduced(infoHash: InfoHash, peerIds: readonly PeerId[]): void;
	/** What works on a link that a member offers; `undefined` when it is not wanted. */
	endsOf(infoHash: InfoHash, remotePeerId: PeerId): CreateMemberEnd | undefined;
	stop(): void;
}

interface Entered {
	readonly membership: SwarmMembership;
	readonly onLink: (link: SwarmLink) => void;
	readonly isWanted: (peerId: PeerId) => boolean;
	/** Linked, or about to be. */
	readonly remotes: Map<PeerId, MemberEnd | 'connecting'>;
}

export interface SwarmLinksDeps {
	readonly connect: (request: ConnectRequest<MemberEnd>) => Promise<unknown>;
}

export function createSwarmLinks(deps: SwarmLinksDeps): SwarmLinks {
	const entered = new Map<InfoHash, Entered>();
	const changes = createListeners();

	return {
		enter(membership, onLink, isWanted = () => true) {
			const swarm: Entered = { membership, onLink, isWanted, remotes: new Map() };
			entered.set(membership.infoHash, swarm);
			changes.tell();
			return () => {
				if (entered.get(membership.infoHash) !== swarm) return;
				entered.delete(membership.infoHash);
				changes.tell();
			};
		},
		memberships: () => [...entered.values()].map(({ membership }) => membership),
		onMembershipChange: changes.add,
		introduced(infoHash, peerIds) {
			const swarm = entered.get(infoHash);
			for (const peerId of peerIds) {
				if (!swarm || swarm.remotes.size >= maxIntroductions) return;
				if (!swarm.remotes.has(peerId) && swarm.isWanted(peerId)) void offer(deps, swarm, peerId);
			}
		},
		endsOf(infoHash, remotePeerId) {
			const swarm = entered.get(infoHash);
			if (!swarm?.isWanted(remotePeerId) || swarm.remotes.size >= maxIntroductions)
				return undefined;
			return (link, name, close) => createEnd(swarm, link, name, close);
		},
		stop() {
			entered.clear();
		},
	};
}

/** Our end of a link to a member, which is theirs from then on who entered the swarm. */
function createEnd(
	swarm: Entered,
	link: Parameters<CreateMemberEnd>[0],
	name: MemberName,
	close: () => void,
): MemberEnd {
	const { remotePeerId } = name;
	const end = createMemberEnd(link, name, close);
	swarm.remotes.set(remotePeerId, end);
	swarm.onLink(end.swarmLink);
	return {
		...end,
		handleClosed(error) {
			if (swarm.remotes.get(remotePeerId) === end) swarm.remotes.delete(remotePeerId);
			end.handleClosed(error);
		},
	};
}

/** Never rejects. */
async function offer(
	{ connect }: SwarmLinksDeps,
	swarm: Entered,
	remotePeerId: PeerId,
): Promise<void> {
	const { infoHash } = swarm.membership;
	swarm.remotes.set(remotePeerId, 'connecting');
	try {
		await connect({
			...{ remotePeerId, ownerPublicKey: undefined, infoHash },
			createEnd: (link, close, webRtcSessionId) =>
				createEnd(swarm, link, { remotePeerId, webRtcSessionId }, close),
		});
	} catch {
		// A member without a route is one member less; it may be introduced again.
		if (swarm.remotes.get(remotePeerId) === 'connecting') swarm.remotes.delete(remotePeerId);
	}
}
