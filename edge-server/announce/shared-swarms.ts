// Swarms of a cluster: every edge has all members in its memory, its own by their connections and those of others by
// stand-ins, and tells the others in batches who came and went. Nothing waits for another edge: an announce is answered
// from memory, a moment behind. What an edge told counts for one lease after it was last heard. Does not know how edges
// reach each other.
import type { Clock } from '../ports.ts';
import type { MemorySwarms } from './memory-swarms.ts';
import type { Membership, Swarms } from './swarms.ts';
import type { InfoHash, SwarmPeerId } from './wire-text.ts';

/** How long changes gather: many for each message, and two people who meet do not notice it. */
const gatherMs = 50;
/** Members in one message: 100 KiB. */
const maxMembersPerMessage = 1_500;

export type EdgeName = string;

export interface SharedMember {
	readonly infoHash: InfoHash;
	readonly peerId: SwarmPeerId;
	readonly isComplete: boolean;
}

/** What an edge tells all others, in this order. */
export interface SwarmNews {
	/** What it told before does not count any more. */
	readonly isAnew: boolean;
	/** It asks the others for all their members. */
	readonly wantsAll: boolean;
	readonly announced: readonly SharedMember[];
	readonly left: readonly SharedMember[];
}

export interface SharedSwarms<Recipient> extends Swarms<Recipient> {
	/** Another edge has told something. What one edge tells comes in its order; some of it may come twice. */
	hear(edge: EdgeName, news: SwarmNews): void;
	/** Another edge took somebody to be here who is not: it is told again. */
	notHere(member: SharedMember): void;
	/** Asks the others for what they have, and begins to tell. Call it when `hear` is. */
	start(): void;
	/** Tells the others that the members of this edge have gone. */
	stop(): Promise<void>;
}

export interface SharedSwarmsDeps<Recipient> {
	readonly memory: MemorySwarms<Recipient>;
	/** Reaches a member of another edge. */
	readonly standIn: (edge: EdgeName, member: SharedMember) => Recipient;
	/** Whose stand-in it is; undefined for a connection of this edge. */
	readonly edgeOf: (recipient: Recipient) => EdgeName | undefined;
	readonly tell: (news: SwarmNews) => Promise<void>;
	readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
	readonly leaseMs: number;
	/** The others could not be told. They are told later. */
	readonly onError: (error: unknown) => void;
}

interface Change {
	readonly kind: 'announced' | 'left';
	readonly member: SharedMember;
}

/** What one edge knows of the others, and they do not know of it yet. */
interface Sharing<Recipient> extends SharedSwarmsDeps<Recipient> {
	/** When each other edge was heard last. */
	readonly heardAtMs: Map<EdgeName, number>;
	/** The latest change of each member: no more than there are members, and those that have just gone. */
	readonly untold: Map<string, Change>;
	isAnew: boolean;
	wantsAll: boolean;
	askedAtMs: number;
	toldAtMs: number;
}

export function createSharedSwarms<Recipient>(
	deps: SharedSwarmsDeps<Recipient>,
): SharedSwarms<Recipient> {
	const { memory, clock, onError } = deps;
	const sharing: Sharing<Recipient> = {
		...deps,
		...{ heardAtMs: new Map(), untold: new Map() },
		...{ isAnew: true, wantsAll: true, askedAtMs: -Infinity, toldAtMs: -Infinity },
	};
	let telling = Promise.resolve();
	let cancel = (): void => undefined;

	function schedule(): void {
		cancel = clock.after(gatherMs, () => {
			forgetSilent(sharing);
			telling = tell(sharing).then(schedule);
		});
	}

	return {
		...memory,
		announce(presence) {
			const outcome = memory.announce(presence);
			if (outcome.kind === 'present') {
				note(sharing, 'announced', outcome.membership, presence.isComplete);
			}
			return outcome;
		},
		leave(memberships) {
			for (const member of memberships) {
				const { infoHash, peerId, recipient } = member;
				if (memory.recipientOf(infoHash, peerId) === recipient)
					note(sharing, 'left', member, false);
			}
			return memory.leave(memberships);
		},
		hear: (edge, news) => hear(sharing, edge, news),
		notHere: (member) => note(sharing, 'left', member, false),
		start: schedule,
		stop: async () => {
			cancel();
			// What is being told schedules the next once more.
			await telling;
			cancel();
			await deps.tell({ isAnew: true, wantsAll: false, announced: [], left: [] }).catch(onError);
		},
	};
}

type Named = Pick<SharedMember, 'infoHash' | 'peerId'>;

function note(
	{ untold }: Pick<Sharing<unknown>, 'untold'>,
	kind: Change['kind'],
	{ infoHash, peerId }: Named,
	isComplete: boolean,
): void {
	untold.set(infoHash + peerId, { kind, member: { infoHash, peerId, isComplete } });
}

/** Also when there is nothing new, three times in a lease. */
async function tell<Recipient>(sharing: Sharing<Recipient>): Promise<void> {
	const { untold, leaseMs } = sharing;
	const nowMs = sharing.clock.monotonicMs();
	const taken = [...firstOf(untold, maxMembersPerMessage)];
	const hasNews = taken.length > 0 || sharing.isAnew || sharing.wantsAll;
	if (!hasNews && nowMs - sharing.toldAtMs < leaseMs / 3) return;
	const { isAnew, wantsAll } = sharing;
	const of = (kind: Change['kind']) =>
		taken.filter(([, change]) => change.kind === kind).map(([, { member }]) => member);
	for (const [key] of taken) untold.delete(key);
	sharing.isAnew = sharing.wantsAll = false;
	if (wantsAll) sharing.askedAtMs = nowMs;
	try {
		await sharing.tell({ isAnew, wantsAll, announced: of('announced'), left: of('left') });
		sharing.toldAtMs = nowMs;
	} catch (error) {
		sharing.isAnew ||= isAnew;
		sharing.wantsAll ||= wantsAll;
		// What has changed again meanwhile is newer.
		for (const [key, change] of taken) if (!untold.has(key)) untold.set(key, change);
		sharing.onError(error);
	}
}

function* firstOf<Item>(items: Iterable<Item>, limit: number): Generator<Item> {
	let count = 0;
	for (const item of items) {
		if (count === limit) return;
		count += 1;
		yield item;
	}
}

function hear<Recipient>(sharing: Sharing<Recipient>, edge: EdgeName, news: SwarmNews): void {
	const { heardAtMs, leaseMs, askedAtMs } = sharing;
	const nowMs = sharing.clock.monotonicMs();
	// Its members were forgotten, or never heard of. One answer serves several edges that came back together.
	const isMissed = !heardAtMs.has(edge) && !news.isAnew;
	if (isMissed && nowMs - askedAtMs > leaseMs / 3) sharing.wantsAll = true;
	heardAtMs.set(edge, nowMs);
	if (news.isAnew) forget(sharing, (each) => each === edge);
	if (news.wantsAll) noteOurs(sharing);
	for (const member of news.announced) announcedElsewhere(sharing, edge, member);
	for (const member of news.left) leftElsewhere(sharing, edge, member);
}

function noteOurs<Recipient>(sharing: Sharing<Recipient>): void {
	for (const member of sharing.memory.members()) {
		if (sharing.edgeOf(member.recipient) !== undefined) continue;
		note(sharing, 'announced', member, member.isComplete);
	}
}

function announcedElsewhere<Recipient>(
	{ memory, edgeOf, standIn }: Sharing<Recipient>,
	edge: EdgeName,
	member: SharedMember,
): void {
	const known = memory.recipientOf(member.infoHash, member.peerId);
	const knownEdge = known && edgeOf(known);
	// A connection of ours stays what it is. One who moved is where it announced itself last.
	if (known !== undefined && knownEdge === undefined) return;
	if (known !== undefined && knownEdge !== edge) {
		void memory.leave([{ ...member, recipient: known }]);
	}
	const recipient = known !== undefined && knownEdge === edge ? known : standIn(edge, member);
	memory.announce({ ...member, recipient, wanted: 0 });
}

function leftElsewhere<Recipient>(
	{ memory, edgeOf }: Sharing<Recipient>,
	edge: EdgeName,
	member: SharedMember,
): void {
	const recipient = memory.recipientOf(member.infoHash, member.peerId);
	if (recipient === undefined || edgeOf(recipient) !== edge) return;
	void memory.leave([{ ...member, recipient }]);
}

function forgetSilent<Recipient>(sharing: Sharing<Recipient>): void {
	const { heardAtMs, leaseMs } = sharing;
	const silentSinceMs = sharing.clock.monotonicMs() - leaseMs;
	const silent = new Set<EdgeName>();
	for (const [edge, atMs] of heardAtMs) if (atMs < silentSinceMs) silent.add(edge);
	if (silent.size === 0) return;
	for (const edge of silent) heardAtMs.delete(edge);
	forget(sharing, (edge) => silent.has(edge));
}

function forget<Recipient>(
	{ memory, edgeOf }: Sharing<Recipient>,
	isGone: (edge: EdgeName) => boolean,
): void {
	const gone: Membership<Recipient>[] = [];
	for (const member of memory.members()) {
		const edge = edgeOf(member.recipient);
		if (edge !== undefined && isGone(edge)) gone.push(member);
	}
	void memory.leave(gone);
}
