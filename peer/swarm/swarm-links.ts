// The swarms one tab is in and its links to their members, whom the edge introduces: a newcomer offers a link to each
// member it is told of, members accept what newcomers offer. Rule: one link to one member of one swarm, and whoever offered
// one that broke off offers another, for nobody else would bring the two together. What the links are used for, and who
// tells the edge, is not known here.
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';
import type { PeerId } from '../../proto/ids.ts';
import { maxIntroductions } from '../../proto/limits.ts';
import { createListeners } from '../listeners.ts';
import type { Clock } from '../ports.ts';
import type { InfoHash } from '../torrent/info-hash.ts';
import type { ConnectRequest } from '../transfer/negotiation/offer-link.ts';
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
	/** Aborted when it is left. */
	readonly left: AbortController;
}

/** Before each offer to the same member that follows one that failed. */
const pausesMs = [1_000, 5_000, 15_000];
/** It was closed here, or they are not in the swarm any more. */
const goneCodes: readonly ErrorCode[] = ['cancelled', 'not-found'];

export interface SwarmLinksDeps {
	readonly clock: Pick<Clock, 'sleep'>;
	readonly connect: (request: ConnectRequest<MemberEnd>) => Promise<unknown>;
}

export function createSwarmLinks(deps: SwarmLinksDeps): SwarmLinks {
	const entered = new Map<InfoHash, Entered>();
	const changes = createListeners();

	return {
		enter(membership, onLink, isWanted = () => true) {
			const swarm: Entered = {
				...{ membership, onLink, isWanted },
				...{ remotes: new Map(), left: new AbortController() },
			};
			entered.set(membership.infoHash, swarm);
			changes.tell();
			return () => {
				if (entered.get(membership.infoHash) !== swarm) return;
				swarm.left.abort();
				entered.delete(membership.infoHash);
				changes.tell();
			};
		},
		memberships: () => [...entered.values()].map(({ membership }) => membership),
		onMembershipChange: changes.add,
		introduced(infoHash, peerIds) {
			const swarm = entered.get(infoHash);
			if (swarm) for (const peerId of peerIds) void offer(deps, swarm, peerId, pausesMs);
		},
		endsOf(infoHash, remotePeerId) {
			const swarm = entered.get(infoHash);
			if (!swarm?.isWanted(remotePeerId) || swarm.remotes.size >= maxIntroductions)
				return undefined;
			return (link, name, close) => createEnd(swarm, link, name, close);
		},
		stop() {
			for (const { left } of entered.values()) left.abort();
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

/** To somebody who is wanted and has no link yet. Never rejects. */
async function offer(
	deps: SwarmLinksDeps,
	swarm: Entered,
	remotePeerId: PeerId,
	pauses: readonly number[],
): Promise<void> {
	const { membership, remotes, left } = swarm;
	const isFull = remotes.size >= maxIntroductions;
	if (isFull || remotes.has(remotePeerId) || !swarm.isWanted(remotePeerId)) return;

	const [pauseMs, ...laterPauses] = pauses;
	const offerAgain = (reason: unknown) => {
		if (pauseMs === undefined || goneCodes.includes(GiggityflixError.from(reason).code)) return;
		deps.clock.sleep(pauseMs, left.signal).then(
			() => offer(deps, swarm, remotePeerId, laterPauses),
			// It was left.
			() => undefined,
		);
	};

	remotes.set(remotePeerId, 'connecting');
	try {
		await deps.connect({
			...{ remotePeerId, ownerPublicKey: undefined, infoHash: membership.infoHash },
			createEnd(link, close, webRtcSessionId) {
				const end = createEnd(swarm, link, { remotePeerId, webRtcSessionId }, close);
				return {
					...end,
					handleClosed(error) {
						end.handleClosed(error);
						offerAgain(error);
					},
				};
			},
		});
	} catch (caught) {
		if (remotes.get(remotePeerId) === 'connecting') remotes.delete(remotePeerId);
		offerAgain(caught);
	}
}
