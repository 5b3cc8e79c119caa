// All swarms in the memory of one edge. Every call is done when it returns. Knows the limits and the time;
// how one swarm keeps its members is memory-swarm.ts's matter.
import type { AnnounceLimits } from './announce-limits.ts';
import {
	addMember,
	countMembers,
	createMemorySwarm,
	longestSilent,
	markComplete,
	pickOthers,
	removeMember,
	type MemorySwarm,
	type SwarmMember,
} from './memory-swarm.ts';
import type { Swarms } from './swarms.ts';
import type { InfoHash } from './wire-text.ts';

export interface MemorySwarmsDeps {
	readonly limits: Pick<AnnounceLimits, 'maxPeersPerSwarm' | 'maxPeers' | 'peerTimeToLiveMs'>;
	/** Never runs backwards. */
	readonly monotonicMs: () => number;
	/** From 0 to below 1. */
	readonly random: () => number;
}

export function createMemorySwarms<Recipient>(deps: MemorySwarmsDeps): Swarms<Recipient> {
	const { limits, monotonicMs, random } = deps;
	const swarms = new Map<InfoHash, MemorySwarm<Recipient>>();
	let peers = 0;

	function found(infoHash: InfoHash): MemorySwarm<Recipient> {
		const swarm = createMemorySwarm<Recipient>(infoHash);
		swarms.set(swarm.infoHash, swarm);
		return swarm;
	}

	function remove(swarm: MemorySwarm<Recipient>, member: SwarmMember<Recipient>): void {
		removeMember(swarm, member);
		peers -= 1;
		if (swarm.members.length === 0) swarms.delete(swarm.infoHash);
	}

	return {
		announce(presence) {
			const known = swarms.get(presence.infoHash)?.byPeerId.get(presence.peerId);
			if (known !== undefined && known.recipient !== presence.recipient) return { kind: 'taken' };
			if (known === undefined && peers >= limits.maxPeers) return { kind: 'full' };
			const swarm = swarms.get(presence.infoHash) ?? found(presence.infoHash);
			const nowMs = monotonicMs();
			const member = known ?? addMember(swarm, presence, nowMs);
			member.seenAtMs = nowMs;
			if (known === undefined) peers += 1;
			if (swarm.members.length > limits.maxPeersPerSwarm) remove(swarm, longestSilent(swarm));
			if (presence.isComplete) markComplete(swarm, member);
			return {
				kind: 'present',
				membership: member,
				isNew: known === undefined,
				counts: countMembers(swarm),
				others: pickOthers(swarm, member, presence.wanted, random),
			};
		},
		leave(memberships) {
			for (const { infoHash, peerId, recipient } of memberships) {
				const swarm = swarms.get(infoHash);
				const member = swarm?.byPeerId.get(peerId);
				if (swarm !== undefined && member?.recipient === recipient) remove(swarm, member);
			}
		},
		locate({ infoHash, peerId, recipient }, wantedPeerId) {
			const byPeerId = swarms.get(infoHash)?.byPeerId;
			return byPeerId?.get(peerId)?.recipient === recipient
				? byPeerId.get(wantedPeerId)?.recipient
				: undefined;
		},
		count: (infoHashes) => infoHashes.map((infoHash) => countMembers(swarms.get(infoHash))),
		list: (limit) => firstOf(swarms.keys(), limit),
		sweep() {
			const silentSinceMs = monotonicMs() - limits.peerTimeToLiveMs;
			for (const swarm of swarms.values()) {
				const silent = swarm.members.filter((member) => member.seenAtMs < silentSinceMs);
				for (const member of silent) remove(swarm, member);
			}
		},
		totals: () => ({ swarms: swarms.size, peers }),
	};
}

function firstOf<Item>(items: Iterable<Item>, limit: number): Item[] {
	const first: Item[] = [];
	for (const item of items) {
		if (first.length === limit) break;
		first.push(item);
	}
	return first;
}
