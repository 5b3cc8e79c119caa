// What happens to a simulated cluster, as its seed has it: the life of its peers, and faults. Everything has a rate, and
// everything that is broken is mended after a while, at the latest when the run ends its active part.
import { leaseMs } from './simulated-cluster.ts';
import type { Choice } from './seeded-choice.ts';
import type { Film, Sharing } from './simulated-films.ts';
import type { SimulatedPeer } from './simulated-peer.ts';
import type { World } from './simulated-world.ts';

export interface Happenings {
	/** Nothing new begins, and what is broken is mended. */
	end(): void;
	/** When something was lost that may take the outcome of a command with it. */
	lastLossMs(): number;
	/** Lives of edges that crashed. */
	readonly crashed: ReadonlySet<string>;
	/** When each edge crashed last with events that the bus was not there to take. */
	readonly crashesUnheard: ReadonlyMap<string, number>;
	/** Lives of edges that left while the bus was away, and may have had no time to say so. */
	readonly leftUnheard: ReadonlySet<string>;
	/** How many trackers have crashed or left. */
	trackersEnded(): number;
	/** When the store lost everything for the last time. */
	lastEmptiedMs(): number;
}

interface State {
	readonly world: World;
	isOver: boolean;
	lastLossMs: number;
	/** No tracker goes away before this: what one remembers is all there is of an emptied store. */
	trackersStayUntilMs: number;
	readonly crashed: Set<string>;
	readonly crashesUnheard: Map<string, number>;
	readonly leftUnheard: Set<string>;
	lastEmptiedMs: number;
	trackersEnded: number;
	/** How many outages of the bus there are now. */
	busOutages: number;
	readonly mend: Set<() => void>;
}

export function beginHappenings(world: World): Happenings {
	const state: State = {
		world,
		isOver: false,
		lastLossMs: 0,
		trackersStayUntilMs: 0,
		crashed: new Set(),
		lastEmptiedMs: -1,
		trackersEnded: 0,
		busOutages: 0,
		crashesUnheard: new Map(),
		leftUnheard: new Set(),
		mend: new Set(),
	};
	beginLives(state);
	// Some runs have hardly any faults, some have all at once.
	const calm = world.choice.pick([0.5, 1, 1, 2, 4]);
	beginProgramFaults(state, calm);
	beginMediumFaults(state, calm);
	beginNetworkFaults(state, calm);
	return {
		end: () => {
			state.isOver = true;
			for (const mend of [...state.mend]) mend();
		},
		lastLossMs: () => state.lastLossMs,
		crashed: state.crashed,
		crashesUnheard: state.crashesUnheard,
		leftUnheard: state.leftUnheard,
		lastEmptiedMs: () => state.lastEmptiedMs,
		trackersEnded: () => state.trackersEnded,
	};
}

/** Again and again, after times that are drawn anew, until the active part is over. */
function often(state: State, meanMs: number, happen: () => void): void {
	const { time, choice } = state.world;
	time.after(choice.between(0, 2 * meanMs), () => {
		if (state.isOver) return;
		happen();
		often(state, meanMs, happen);
	});
}

/** Breaks something now and mends it later. */
function breakFor(state: State, durationMs: number, breakIt: () => () => void): void {
	state.world.trouble.lastMs = state.world.time.nowMs() + durationMs;
	const mendIt = breakIt();
	const mend = (): void => {
		if (!state.mend.delete(mend)) return;
		state.world.trouble.lastMs = state.world.time.nowMs();
		mendIt();
	};
	state.mend.add(mend);
	state.world.time.after(durationMs, mend);
}

function beginLives(state: State): void {
	const { choice, peers } = state.world;
	const eachMs = (perPeerMs: number) => perPeerMs / peers.length;
	const withFilm = (act: (found: NonNullable<ReturnType<World['anyFilm']>>) => void) => () => {
		const found = state.world.anyFilm();
		if (found) act(found);
	};
	often(state, eachMs(40_000), () => choice.pick(peers).films.add());
	often(state, eachMs(100_000), () => tidyUp(state.world));
	often(
		state,
		eachMs(40_000),
		withFilm(({ peer, film }) => change(choice, peer, film)),
	);
	often(
		state,
		eachMs(90_000),
		withFilm(({ peer, film }) => peer.films.delete(film.offerId)),
	);
	often(
		state,
		eachMs(50_000),
		withFilm(({ film }) => state.world.subscribe(choice.pick(peers), film)),
	);
	often(
		state,
		eachMs(40_000),
		withFilm(({ peer, film }) => state.world.command(peer, film)),
	);
	often(state, eachMs(30_000), () => {
		const [from, to] = [choice.pick(peers), choice.pick(peers)];
		if (from !== to) from.offer(to.peerId);
	});
	often(state, eachMs(60_000), () => choice.pick(peers).roam(choice.happens(0.7)));
	often(state, eachMs(90_000), () => choice.pick(peers).snap(choice.happens(0.6)));
	often(state, eachMs(120_000), () => choice.pick(peers).reload(choice.happens(0.7)));
}

function change(choice: Choice, { films }: SimulatedPeer, film: Film): void {
	const title = `${film.title.split(',')[0] ?? ''}, cut ${choice.below(1_000)}`;
	const sharing = choice.pick<Sharing>(['public', 'link-only', 'private']);
	films.change(film, choice.happens(0.5) ? { title } : { sharing });
}

/** A peer tells something of its films again and again, each time an announcement: mostly of new ones. */
function tidyUp({ choice, peers, time }: World): void {
	const peer = choice.pick(peers);
	let afterMs = 0;
	for (let count = 3 + choice.below(8); count > 0; count -= 1) {
		afterMs += choice.between(200, 600);
		time.after(afterMs, () => {
			const film = choice.happens(0.3) && choice.any([...peer.films.all.values()]);
			if (film) change(choice, peer, film);
			else peer.films.add();
		});
	}
}

function beginProgramFaults(state: State, calm: number): void {
	const { choice, cluster, time } = state.world;
	const downMs = () => choice.pick([50, 1_500, 6_000, 15_000]);
	often(state, 12_000 * calm, () => {
		const edge = choice.pick(cluster.edges);
		const running = edge.running();
		if (!running) return;
		breakFor(state, downMs(), () => {
			state.lastLossMs = time.nowMs();
			state.crashed.add(running.life.name);
			if (state.busOutages > 0) state.crashesUnheard.set(edge.edgeId, time.nowMs());
			edge.crash();
			return edge.start;
		});
	});
	often(state, 25_000 * calm, () => {
		const edge = choice.pick(cluster.edges);
		breakFor(state, 5_000 + downMs(), () => {
			state.lastLossMs = time.nowMs();
			const leaving = edge.running()?.life;
			if (leaving && state.busOutages > 0) state.leftUnheard.add(leaving.name);
			edge.leave();
			return edge.start;
		});
	});
	often(state, 12_000 * calm, () => {
		const tracker = choice.pick(cluster.trackers);
		if (!tracker.running() || time.nowMs() < state.trackersStayUntilMs) return;
		breakFor(state, downMs(), () => {
			state.trackersEnded += 1;
			if (choice.happens(0.7)) tracker.crash();
			else tracker.leave();
			return tracker.start;
		});
	});
	often(state, 20_000 * calm, () => {
		// Those of the trackers go with it: whoever sets a clock may set the clocks of many machines.
		const edge = choice.pick(cluster.edges);
		if (!edge.running()) return;
		const byMs = choice.pick([-3_600_000, -5_000, 5_000, 3_600_000]);
		for (const { machine } of [edge, ...cluster.trackers]) machine.skewMs += byMs;
	});
}

function beginMediumFaults(state: State, calm: number): void {
	const { choice, cluster, time, log } = state.world;
	const { store, bus, trackers } = cluster;
	often(state, 15_000 * calm, () => {
		const condition = choice.pick(['slow', 'away'] as const);
		breakFor(state, choice.pick([300, 3_000, 8_000]), () => {
			log.note(`store is ${condition}`);
			store.setCondition(condition);
			return () => store.setCondition('well');
		});
	});
	often(state, 30_000 * calm, () => {
		const areWell = trackers.every((tracker) => tracker.running());
		if (trackers.length < 2 || !areWell || time.nowMs() < state.trackersStayUntilMs) return;
		log.note('store loses everything');
		store.empty();
		state.lastEmptiedMs = time.nowMs();
		state.trackersStayUntilMs = time.nowMs() + 3 * leaseMs;
	});
	often(state, 20_000 * calm, () => {
		breakFor(state, choice.pick([300, 3_000, 9_000]), () => {
			log.note('bus is away');
			state.lastLossMs = time.nowMs();
			state.busOutages += 1;
			bus.setAway(true);
			return () => {
				state.busOutages -= 1;
				if (state.busOutages > 0) return;
				log.note('bus is back');
				state.lastLossMs = time.nowMs();
				bus.setAway(false);
			};
		});
	});
	often(state, 20_000 * calm, () => {
		breakFor(state, choice.between(1_000, 10_000), () => {
			bus.setUnruly(true);
			return () => bus.setUnruly(false);
		});
	});
}

function beginNetworkFaults(state: State, calm: number): void {
	const { choice, cluster, peers, log } = state.world;
	often(state, 15_000 * calm, () => {
		const edge = choice.pick(cluster.edges);
		breakFor(state, choice.pick([800, 4_000, leaseMs, 2 * leaseMs]), () => {
			edge.route = choice.pick(['requests are lost', 'answers are lost']);
			log.note(`${edge.edgeId} and the trackers: ${edge.route}`);
			return () => {
				edge.route = 'open';
			};
		});
	});
	often(state, 10_000 * calm, () => {
		const peer = choice.pick(peers);
		breakFor(state, choice.pick([500, 5_000, 20_000]), () => {
			peer.setReachable(false);
			return () => peer.setReachable(true);
		});
	});
}
