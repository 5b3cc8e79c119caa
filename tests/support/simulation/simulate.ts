// One run of the simulated cluster: it comes up, things happen to it, it has a minute of peace, and it is judged. Equal
// seeds make equal runs, to the last event.
import { defaultTopics } from '../../../bus/topics.ts';
import { beginHappenings } from './happenings.ts';
import { createWorld, type Scale, type World } from './simulated-world.ts';
import { beginLife, type Surroundings } from './surroundings.ts';
import { hideSomeThatAreWaitedFor, judge, judgeMatches } from './verdict.ts';

const fullPeerCount = 200;
/** Every fiftieth run the cluster has all its peers; the others have few, and so can be many. */
export const isFull = (seed: number): boolean => seed % 50 === 0;

/** Time to come up, and to be right again after everything is mended. */
const comingUpMs = 5_000;
const peaceMs = 60_000;

export interface Run {
	readonly seed: number;
	/** What went wrong; nothing, as it should be. */
	readonly problems: readonly string[];
	readonly lastSteps: readonly string[];
	/** Equal for equal runs. */
	readonly digest: string;
	readonly counts: {
		readonly peers: number;
		readonly sessions: number;
		readonly commands: number;
		readonly matches: number;
	};
}

/** Steps that are shown of a run that fails. */
const shownSteps = 60;

export async function simulate(seed: number, keptSteps = shownSteps): Promise<Run> {
	const world = createWorld({ seed, keptSteps }, (surroundings) => scaleOf(seed, surroundings));
	const { time, choice, log, witness } = world;
	await comeUp(world);
	const happenings = beginHappenings(world);
	await time.runUntil(comingUpMs + choice.between(20_000, 60_000));
	happenings.end();
	// An emptied store gets its subscriptions back last, and may be loaded by a tracker before it has them.
	for (const [key, { confirmedAtMs }] of world.wishes) {
		if (confirmedAtMs <= happenings.lastEmptiedMs()) world.wishes.delete(key);
	}
	await haveAMinuteOfPeace(world);
	await judge(world, happenings);
	return {
		seed,
		problems: witness.problems,
		lastSteps: log.lastSteps(),
		digest: log.digest(),
		counts: {
			peers: world.peers.length,
			sessions: witness.sessions.size,
			commands: witness.executions.size,
			matches: witness.matches.size,
		},
	};
}

function scaleOf(seed: number, { choice }: Surroundings): Scale {
	const few = 4 + choice.below(16);
	return {
		peerCount: isFull(seed) ? fullPeerCount : few,
		trackerCount: choice.pick([1, 2, 2]),
	};
}

async function comeUp({ cluster, peers, choice, time, witness }: World): Promise<void> {
	const { edges, trackers, bus } = cluster;
	const topics = defaultTopics;
	await Promise.all([
		bus.connect(beginLife('witness')).subscribe({
			group: 'witness',
			topics: [
				topics.peerConnectionEstablished,
				topics.peerConnectionClosed,
				topics.catalogAvailabilityChanged,
				topics.peerCommandCompleted,
			],
			handle: async (event) => witness.heard(event),
		}),
		time.runUntil(100),
	]);
	for (const { start } of [...trackers, ...edges]) start();
	for (const peer of peers) {
		for (let films = choice.below(4); films > 0; films -= 1) peer.films.add();
		time.after(choice.between(500, comingUpMs), peer.start);
	}
	await time.runUntil(comingUpMs);
}

async function haveAMinuteOfPeace(world: World): Promise<void> {
	const { time, peers } = world;
	const beganMs = time.nowMs();
	for (const peer of peers) peer.nudge();
	// Whoever was refused while things were mended need not wait for its next try.
	for (const afterMs of [5_000, 12_000, 20_000, 28_000]) {
		await time.runUntil(beganMs + afterMs);
		for (const peer of peers) peer.nudge();
	}
	const hidden = hideSomeThatAreWaitedFor(world);
	await time.runUntil(beganMs + 36_000);
	// An owner that tries again after failures may not have said yet that its film is gone.
	const gone = hidden.filter(
		({ film }) => world.witness.availability.get(film.catalogId) === undefined,
	);
	for (const { peer, film } of hidden) peer.films.change(film, { sharing: film.sharing });
	await time.runUntil(beganMs + peaceMs);
	judgeMatches(world, gone, beganMs + 36_000);
}
