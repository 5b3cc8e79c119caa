// Who is in which swarm, as the peers themselves say, and who is told of whom: whoever joins hears of the others and
// offers each a connection; whoever is there already waits for it, so two offers never cross. While somebody has not
// everything, the owners are asked to come; those of other edges are told who waits, and are introduced there. Lasts as
// long as the sessions; knows no torrent and no socket.
import { create } from '@bufbuild/protobuf';
import { SwarmPeersSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerId } from '../../proto/ids.ts';
import { maxIntroductions } from '../../proto/limits.ts';
import { createSeededRandom } from '../announce/seeded-random.ts';
import type { Clock } from '../ports.ts';
import type { Session } from '../sessions/session.ts';
import type { InfoHash, OwnerCalls } from './owner-calls.ts';
import { createWaitingElsewhere } from './waiting-elsewhere.ts';

/** One peer with its session. */
export interface Member {
	readonly session: Pick<Session, 'send'>;
	readonly peerId: PeerId;
}

export interface SwarmIntroductions {
	/** Replaces what the session said before. The value: whether it has everything. */
	setMembership(member: Member, swarms: ReadonlyMap<InfoHash, boolean>): void;
	/** Peers of another edge wait in a swarm: for a while, whoever has all of it is introduced to them. */
	awaited(infoHash: InfoHash, peerIds: readonly PeerId[], forMs: number): void;
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
	readonly clock: Pick<Clock, 'after' | 'monotonicMs'>;
	readonly randomBytes: (target: Uint8Array) => void;
	readonly ownerCalls: OwnerCalls;
}): SwarmIntroductions {
	const random = seedRandom(deps.randomBytes);
	const swarms: Swarms = new Map();
	const memberships = new Map<Member['session'], ReadonlySet<InfoHash>>();
	const elsewhere = createWaitingElsewhere(deps.clock);
	let cancelCalls: (() => void) | undefined;

	function join(infoHash: InfoHash, joined: Joined): void {
		const members = swarms.get(infoHash) ?? new Map<Member['session'], Joined>();
		swarms.set(infoHash, members);
		const isNew = !members.has(joined.session);
		members.set(joined.session, joined);
		if (isNew) {
			// They offer no link to whom they do not know of; who has everything offers one to them.
			const guests = joined.isComplete ? elsewhere.in(infoHash) : [];
			introduce(infoHash, joined, [...othersOf(members, joined), ...guests], random);
		}
		if (!joined.isComplete) callOwners(deps.ownerCalls, infoHash, members, random);
	}

	function callAgain(): void {
		cancelCalls = undefined;
		for (const [infoHash, members] of swarms)
			callOwners(deps.ownerCalls, infoHash, members, random);
		callLater();
	}

	function callLater(): void {
		if (swarms.size > 0) cancelCalls ??= deps.clock.after(callIntervalMs, callAgain);
	}

	function setMembership(member: Member, wanted: ReadonlyMap<InfoHash, boolean>): void {
		const { session } = member;
		for (const infoHash of memberships.get(session) ?? []) {
			if (!wanted.has(infoHash)) leave(swarms, session, infoHash);
		}
		if (wanted.size > 0) memberships.set(session, new Set(wanted.keys()));
		else memberships.delete(session);
		for (const [infoHash, isComplete] of wanted) join(infoHash, { ...member, isComplete });
		callLater();
	}

	return {
		setMembership,
		awaited(infoHash, peerIds, forMs) {
			const newcomers = elsewhere.add(infoHash, peerIds, forMs);
			for (const member of swarms.get(infoHash)?.values() ?? []) {
				if (member.isComplete) introduce(infoHash, member, newcomers, random);
			}
		},
		remove(session) {
			for (const infoHash of memberships.get(session) ?? []) leave(swarms, session, infoHash);
			memberships.delete(session);
		},
		stop() {
			cancelCalls?.();
			cancelCalls = undefined;
		},
	};
}

function seedRandom(randomBytes: (target: Uint8Array) => void): () => number {
	const seed = new Int32Array(1);
	randomBytes(new Uint8Array(seed.buffer));
	return createSeededRandom(seed[0] ?? 0);
}

type Swarms = Map<InfoHash, Map<Member['session'], Joined>>;

function leave(swarms: Swarms, session: Member['session'], infoHash: InfoHash): void {
	const members = swarms.get(infoHash);
	members?.delete(session);
	if (members?.size === 0) swarms.delete(infoHash);
}

/** Asks the owners to come while somebody has not everything, and tells those of other edges who. */
function callOwners(
	ownerCalls: OwnerCalls,
	infoHash: InfoHash,
	members: ReadonlyMap<unknown, Joined>,
	random: () => number,
): void {
	const waiting = [...members.values()].filter(({ isComplete }) => !isComplete);
	if (waiting.length === 0) return;
	const peerIds = waiting.map(({ peerId }) => peerId);
	ownerCalls.call(infoHash, 'edge', pick(peerIds, maxIntroductions, random));
}

/** Tells a member of others, and it offers a connection to each. */
function introduce(
	infoHash: InfoHash,
	{ session }: Member,
	others: readonly PeerId[],
	random: () => number,
): void {
	if (others.length === 0) return;
	const peerIds = pick(others, maxIntroductions, random);
	const value = create(SwarmPeersSchema, { infoHash: Buffer.from(infoHash, 'hex'), peerIds });
	session.send({ case: 'swarmPeers', value });
}

/** Who else is in a swarm. */
function othersOf(members: ReadonlyMap<unknown, Joined>, { session }: Joined): PeerId[] {
	const others = [...members.values()].filter((other) => other.session !== session);
	return others.map(({ peerId }) => peerId);
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
