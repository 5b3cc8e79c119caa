// Who is in which swarm, as the peers themselves say, and who is told of whom: whoever joins hears of the others and
// offers each a connection; whoever is there already waits for it, so two offers never cross. While somebody has not
// everything, the owners are asked to come. Lasts as long as the sessions; knows no torrent and no socket.
import { create } from '@bufbuild/protobuf';
import { SwarmPeersSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerId } from '../../proto/ids.ts';
import { maxIntroductions } from '../../proto/limits.ts';
import { createSeededRandom } from '../announce/seeded-random.ts';
import type { Clock } from '../ports.ts';
import type { Session } from '../sessions/session.ts';
import type { InfoHash, OwnerCalls } from './owner-calls.ts';

/** One peer with its session. */
export interface Member {
	readonly session: Pick<Session, 'send'>;
	readonly peerId: PeerId;
}

export interface SwarmIntroductions {
	/** Replaces what the session said before. The value: whether it has everything. */
	setMembership(member: Member, swarms: ReadonlyMap<InfoHash, boolean>): void;
	/** Forgets a session that has ended. */
	remove(session: Member['session']): void;
	stop(): void;
}

/** Owners who were asked leave after a minute. */
const callIntervalMs = 20_000;

interface Joined extends Member {
	readonly isComplete: boolean;
}

export function createSwarmIntroductions(deps: {
	readonly clock: Pick<Clock, 'after'>;
	readonly randomBytes: (target: Uint8Array) => void;
	readonly ownerCalls: OwnerCalls;
}): SwarmIntroductions {
	const seed = new Int32Array(1);
	deps.randomBytes(new Uint8Array(seed.buffer));
	const random = createSeededRandom(seed[0] ?? 0);
	const swarms = new Map<InfoHash, Map<Member['session'], Joined>>();
	const memberships = new Map<Member['session'], ReadonlySet<InfoHash>>();
	let cancelCalls: (() => void) | undefined;

	function leave(session: Member['session'], infoHash: InfoHash): void {
		const members = swarms.get(infoHash);
		members?.delete(session);
		if (members?.size === 0) swarms.delete(infoHash);
	}

	function join(infoHash: InfoHash, joined: Joined): void {
		const members = swarms.get(infoHash) ?? new Map<Member['session'], Joined>();
		swarms.set(infoHash, members);
		const isNew = !members.has(joined.session);
		members.set(joined.session, joined);
		if (isNew) introduce(infoHash, joined, members, random);
		if (!joined.isComplete) deps.ownerCalls.call(infoHash, 'edge');
	}

	function callOwners(): void {
		cancelCalls = undefined;
		for (const [infoHash, members] of swarms) {
			const isWanted = [...members.values()].some(({ isComplete }) => !isComplete);
			if (isWanted) deps.ownerCalls.call(infoHash, 'edge');
		}
		callLater();
	}

	function callLater(): void {
		if (swarms.size > 0) cancelCalls ??= deps.clock.after(callIntervalMs, callOwners);
	}

	function setMembership(member: Member, wanted: ReadonlyMap<InfoHash, boolean>): void {
		const { session } = member;
		for (const infoHash of memberships.get(session) ?? []) {
			if (!wanted.has(infoHash)) leave(session, infoHash);
		}
		if (wanted.size > 0) memberships.set(session, new Set(wanted.keys()));
		else memberships.delete(session);
		for (const [infoHash, isComplete] of wanted) join(infoHash, { ...member, isComplete });
		callLater();
	}

	return {
		setMembership,
		remove(session) {
			for (const infoHash of memberships.get(session) ?? []) leave(session, infoHash);
			memberships.delete(session);
		},
		stop() {
			cancelCalls?.();
			cancelCalls = undefined;
		},
	};
}

/** Tells whoever has just joined of the others. */
function introduce(
	infoHash: InfoHash,
	{ session }: Joined,
	members: ReadonlyMap<Member['session'], Joined>,
	random: () => number,
): void {
	const others = [...members.values()].filter((other) => other.session !== session);
	if (others.length === 0) return;
	const peerIds = pick(others, maxIntroductions, random).map(({ peerId }) => peerId);
	const value = create(SwarmPeersSchema, { infoHash: Buffer.from(infoHash, 'hex'), peerIds });
	session.send({ case: 'swarmPeers', value });
}

/** Different ones, every choice as likely. */
function pick<Item>(items: readonly Item[], count: number, random: () => number): Item[] {
	const left = [...items];
	const picked: Item[] = [];
	while (picked.length < count && left.length > 0) {
		picked.push(...left.splice(Math.floor(random() * left.length), 1));
	}
	return picked;
}
