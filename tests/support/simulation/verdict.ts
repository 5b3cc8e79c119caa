// What must hold once a simulated cluster has had its peace for a minute: everybody is held once and known to be, the
// catalog of every tracker is what peers have, whoever waited was told, nothing waits any more.
import { GiggityflixError } from '../../../proto/errors.ts';
import { Visibility } from '../../../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId } from '../../../proto/ids.ts';
import type { Happenings } from './happenings.ts';
import type { Film } from './simulated-films.ts';
import type { SimulatedPeer } from './simulated-peer.ts';
import type { RunningTracker } from './simulated-cluster.ts';
import type { World } from './simulated-world.ts';

/** How late an event may be that was published. */
const publishingMs = 5_000;
/** Timers each program, and each peer, may have. */
const timersEach = 40;

export async function judge(world: World, happened: Happenings): Promise<void> {
	judgeHolders(world);
	judgeSessions(world, happened);
	judgeCommands(world, happened.lastLossMs());
	judgeRest(world);
	const trackers = world.cluster.trackers.map((tracker) => tracker.running());
	for (const tracker of trackers) {
		if (!tracker) world.witness.problem('a tracker does not run again');
		else await judgeCatalog(world, tracker, tracker.life.name);
	}
	judgeAvailability(world, happened);
	judgeWishes(world);
}

function judgeHolders({ peers, cluster, witness }: World): void {
	for (const { peerId, isOnline } of peers) {
		const holders = cluster.edges.filter((edge) => edge.running()?.door.find(peerId));
		if (holders.length !== 1) witness.problem(`${peerId} is held by ${holders.length} edges`);
		else if (!isOnline()) witness.problem(`${peerId} does not know that it is held`);
	}
}

/**
 * Who is here was established; who is not was closed as well. Established and closed twice is noticed at once. A session
 * whose edge has crashed, or was kept by the bus from publishing its end, is closed by a tracker, unless what it knew of
 * it was lost as well (a tracker that is alone has its sessions in memory), or the edge had given the lease back and crashed
 * with the event that the bus was not there to take.
 * An edge that leaves while the bus is away has only so much time, and then it is as if it had crashed.
 */
function judgeSessions({ witness, cluster }: World, happened: Happenings): void {
	const isAlone = cluster.trackers.length === 1;
	const open = new Set(
		cluster.edges.flatMap((edge) => edge.running()?.door.list() ?? []).map((it) => it.session.id),
	);
	for (const sessionId of open) {
		if (witness.sessions.get(sessionId)?.established.size !== 1) {
			witness.problem(`${sessionId} is open and was not established`);
		}
	}
	for (const [sessionId, history] of witness.sessions) {
		const { peerId, edgeId, heardOfAtMs, established, closed } = history;
		if (established.size === 0) continue;
		const isEdgeLost = [...established.values()].some(
			(life) => happened.crashed.has(life) || happened.leftUnheard.has(life),
		);
		const isForgotten =
			happened.lastEmptiedMs() >= heardOfAtMs - publishingMs ||
			(isAlone && happened.trackersEnded() > 0);
		const isUnheard = (happened.crashesUnheard.get(edgeId) ?? -1) >= heardOfAtMs;
		if (isEdgeLost && (isForgotten || isUnheard) && closed.size === 0) continue;
		const isLeftUnsaid = (witness.leftUnsaidAtMs(edgeId, peerId) ?? -1) >= heardOfAtMs;
		if (isLeftUnsaid && isForgotten && closed.size === 0) continue;
		const shouldBe = (open as Set<string>).has(sessionId) ? 0 : 1;
		if (Math.min(closed.size, 1) !== shouldBe) {
			witness.problem(`${sessionId} of ${peerId} was closed ${closed.size} times, not ${shouldBe}`);
		}
	}
}

function judgeCommands({ witness, commands }: World, lastLossMs: number): void {
	for (const [commandId, givenAtMs] of commands.published) {
		if (givenAtMs > lastLossMs && !witness.outcomes.has(commandId)) {
			witness.problem(`command ${commandId} was never answered`);
		}
	}
	const waiting = [...commands.unsettled].filter(
		({ life, atMs }) => !life.isOver && atMs > lastLossMs,
	);
	if (waiting.length > 0) witness.problem(`${waiting.length} commands wait for ever`);
	const steps = witness.unansweredSteps();
	if (steps > 0) witness.problem(`${steps} steps of negotiations wait for ever`);
}

function judgeRest({ cluster, witness, time, peers }: World): void {
	const { bus, edges } = cluster;
	if (bus.lag() > 0) witness.problem(`the bus lags by ${bus.lag()} events`);
	for (const letter of bus.deadLetters()) witness.problem(`given up: ${letter}`);
	for (const edge of edges) {
		const counts = edge.running()?.door.counts();
		if (counts && counts.challenged + counts.claiming > 0) {
			witness.problem(`${edge.edgeId} still admits somebody`);
		}
	}
	const most = timersEach * (peers.length + 6);
	if (time.waiting() > most) witness.problem(`${time.waiting()} timers wait`);
}

async function judgeCatalog(world: World, tracker: RunningTracker, name: string): Promise<void> {
	const { witness, peers } = world;
	const offered = peers.flatMap((peer) => peer.films.offered());
	const counts = tracker.tracker.counts();
	const listed = offered.filter(({ sharing }) => sharing === 'public').length;
	const expectations = [
		['entries', counts.entries, offered.length],
		['available entries', counts.availableEntries, offered.length],
		['listed entries', counts.listedEntries, listed],
		['online peers', counts.onlinePeers, peers.length],
	] as const;
	for (const [what, is, shouldBe] of expectations) {
		if (is !== shouldBe) witness.problem(`${name} has ${is} ${what}, not ${shouldBe}`);
	}
	// In the middle of a call nobody waits for time: the answers come without any.
	await Promise.all(
		peers.flatMap((peer) =>
			peer.films.offered().map((film) => judgeEntry(world, tracker, name, film)),
		),
	);
}

async function judgeEntry(
	{ witness }: World,
	{ client }: RunningTracker,
	name: string,
	{ catalogId, title, sharing }: Film,
): Promise<void> {
	try {
		const { entry } = await client.getEntry({ catalogId });
		const isPublic = entry?.visibility === Visibility.PUBLIC;
		const owners = entry?.owners.filter(({ isOnline }) => isOnline).length;
		if (entry?.title !== title || owners !== 1 || isPublic !== (sharing === 'public')) {
			witness.problem(`${name} has "${entry?.title ?? ''}" of ${owners ?? 0}, not "${title}"`);
		}
	} catch (caught) {
		witness.problem(`${name} has not "${title}": ${GiggityflixError.from(caught).code}`);
	}
}

/**
 * What was said last of an entry is true. Of several trackers one says what another has stored, and when both end meanwhile
 * nobody knows what is gone: that is judged where a tracker is alone, or none has ended.
 */
function judgeAvailability(
	{ witness, peers, cluster }: World,
	{ trackersEnded }: Happenings,
): void {
	const mayBeUnsaid = cluster.trackers.length > 1 && trackersEnded() > 0;
	const offered = new Map(
		peers.flatMap((peer) => peer.films.offered()).map((it) => [it.catalogId, it]),
	);
	for (const [catalogId, availablePeers] of witness.availability) {
		const shouldBe = offered.has(catalogId as CatalogId) ? 1 : undefined;
		if (shouldBe === undefined && mayBeUnsaid) continue;
		if (availablePeers !== shouldBe) {
			witness.problem(`${catalogId} was said to have ${availablePeers} peers, not ${shouldBe}`);
		}
	}
	for (const { catalogId, title } of offered.values()) {
		if (!witness.availability.has(catalogId)) witness.problem(`nobody heard of "${title}"`);
	}
}

function judgeWishes({ wishes, cluster, witness }: World): void {
	const stored = cluster.store.stored().subscriptions;
	const ids = new Set<string>(stored.map(({ subscriptionId }) => subscriptionId));
	for (const { peer, subscriptionId } of wishes.values()) {
		if (!ids.has(subscriptionId)) witness.problem(`a subscription of ${peer.peerId} was lost`);
	}
}

/** Films that are waited for go away, so that whoever waits must be told when they come back. */
export function hideSomeThatAreWaitedFor({ wishes, peers }: World): {
	readonly peer: SimulatedPeer;
	readonly film: Film;
}[] {
	const wanted = new Set([...wishes.values()].map(({ catalogId }) => catalogId));
	const found = peers.flatMap((peer) =>
		peer.films
			.offered()
			.filter(({ catalogId }) => wanted.has(catalogId))
			.map((film) => ({ peer, film })),
	);
	const chosen = found.slice(0, 10);
	for (const { peer, film } of chosen) peer.films.change(film, { sharing: 'private' });
	return chosen;
}

/** Everybody who waited for one of these films was told since. */
export function judgeMatches(
	{ wishes, witness }: World,
	shownAgain: readonly { readonly film: Film }[],
	sinceMs: number,
): void {
	const shown = new Set(shownAgain.map(({ film }) => film.catalogId));
	for (const { peer, subscriptionId, catalogId } of wishes.values()) {
		const isTold = (witness.matches.get(subscriptionId) ?? -1) >= sinceMs;
		if (shown.has(catalogId) && !isTold) {
			witness.problem(`${peer.peerId} was not told that ${catalogId} is back`);
		}
	}
}
