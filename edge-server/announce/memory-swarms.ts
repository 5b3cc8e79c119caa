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
import type { Membership, Outcome, Presence, Swarms } from './swarms.ts';
import type { InfoHash, SwarmPeerId } from './wire-text.ts';

export interface MemorySwarmsDeps {
	readonly limits: Pick<AnnounceLimits, 'maxPeersPerSwarm' | 'maxPeers' | 'peerTimeToLiveMs'>;
	/** Never runs backwards. */
	readonly monotonicMs: () => number;
	/** From 0 to below 1. */
	readonly random: () => number;
}

export interface MemorySwarms<Recipient> extends Swarms<Recipient> {
	announce(presence: Presence<Recipient>): Outcome<Recipient>;
	/** Whose a peer id is. */
	recipientOf(infoHash: InfoHash, peerId: SwarmPeerId): Recipient | undefined;
	/** Everybody in every swarm. Members may leave while it is read. */
	members(): Iterable<Membership<Recipient> & { readonly isComplete: boolean }>;
}

export function createMemorySwarms<Recipient>(deps: MemorySwarmsDeps): MemorySwarms<Recipient> {
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
				if (swarm && member?.recipient === recipient) remove(swarm, member);
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
				for (const member of silentSince(swarm, silentSinceMs)) remove(swarm, member);
			}
		},
		totals: () => ({ swarms: swarms.size, peers }),
		recipientOf: (infoHash, peerId) => swarms.get(infoHash)?.byPeerId.get(peerId)?.recipient,
		members: () => membersOf(swarms.values()),
	};
}

function silentSince<Recipient>({ members }: MemorySwarm<Recipient>, sinceMs: number) {
	return members.filter((member) => member.seenAtMs < sinceMs);
}

function* membersOf<Recipient>(swarms: Iterable<MemorySwarm<Recipient>>) {
	for (const swarm of swarms) yield* swarm.members.slice();
}

function firstOf<Item>(items: Iterable<Item>, limit: number): Item[] {
	const first: Item[] = [];
	for (const item of items) {
		if (first.length === limit) break;
		first.push(item);
	}
	return first;
}
