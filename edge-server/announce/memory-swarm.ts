// One swarm in memory: its members by name and in an order that picking shuffles, so that joining, leaving and
// choosing at random cost the same in a swarm of two and of a thousand. Belongs to memory-swarms.ts.
import type { Membership, SwarmCounts } from './swarms.ts';
import { detach, type InfoHash, type SwarmPeerId } from './wire-text.ts';

export interface MemorySwarm<Recipient> {
	readonly infoHash: InfoHash;
	readonly byPeerId: Map<SwarmPeerId, SwarmMember<Recipient>>;
	readonly members: SwarmMember<Recipient>[];
	completeCount: number;
}

export interface SwarmMember<Recipient> extends Membership<Recipient> {
	/** Index in the swarm's `members`. */
	place: number;
	isComplete: boolean;
	seenAtMs: number;
}

export function createMemorySwarm<Recipient>(infoHash: InfoHash): MemorySwarm<Recipient> {
	return { infoHash: detach(infoHash), byPeerId: new Map(), members: [], completeCount: 0 };
}

export function addMember<Recipient>(
	swarm: MemorySwarm<Recipient>,
	{ peerId, recipient }: Membership<Recipient>,
	nowMs: number,
): SwarmMember<Recipient> {
	const member: SwarmMember<Recipient> = {
		infoHash: swarm.infoHash,
		peerId: detach(peerId),
		recipient,
		place: swarm.members.length,
		isComplete: false,
		seenAtMs: nowMs,
	};
	swarm.members.push(member);
	swarm.byPeerId.set(member.peerId, member);
	return member;
}

export function removeMember<Recipient>(
	swarm: MemorySwarm<Recipient>,
	member: SwarmMember<Recipient>,
): void {
	swap(swarm.members, member.place, swarm.members.length - 1);
	swarm.members.pop();
	swarm.byPeerId.delete(member.peerId);
	if (member.isComplete) swarm.completeCount -= 1;
}

export function markComplete<Recipient>(
	swarm: MemorySwarm<Recipient>,
	member: SwarmMember<Recipient>,
): void {
	if (!member.isComplete) swarm.completeCount += 1;
	member.isComplete = true;
}

/** A swarm that is not there counts zero. */
export function countMembers(swarm: MemorySwarm<unknown> | undefined): SwarmCounts {
	if (swarm === undefined) return { complete: 0, incomplete: 0 };
	const { completeCount: complete, members } = swarm;
	return { complete, incomplete: members.length - complete };
}

/** Of a swarm that is not empty. Looks at all of them, which only a full swarm has to pay. */
export function longestSilent<Recipient>({
	members,
}: MemorySwarm<Recipient>): SwarmMember<Recipient> {
	return members.reduce((oldest, member) => (member.seenAtMs < oldest.seenAtMs ? member : oldest));
}

/** A shuffle that ends when it has enough: every choice is as likely, whatever the size of the swarm. */
export function pickOthers<Recipient>(
	{ members }: MemorySwarm<Recipient>,
	self: SwarmMember<Recipient>,
	wanted: number,
	random: () => number,
): SwarmMember<Recipient>[] {
	const last = members.length - 1;
	const count = Math.min(wanted, last);
	if (count <= 0) return [];
	swap(members, self.place, last);
	for (let place = 0; place < count; place += 1) {
		swap(members, place, place + Math.floor(random() * (last - place)));
	}
	return members.slice(0, count);
}

function swap<Recipient>(members: SwarmMember<Recipient>[], one: number, other: number): void {
	const a = members[one];
	const b = members[other];
	if (a === undefined || b === undefined) return;
	members[one] = b;
	members[other] = a;
	b.place = one;
	a.place = other;
}
