// The programs of a simulated cluster: three edges and one or two trackers, each the product's own rules on the simulated
// bus, store and network. A program may crash, which nothing of it survives, or leave as it should; both come back.
import { createSessions, type Sessions } from '../../../edge-server/sessions/sessions.ts';
import type { Logger, TrackerClient } from '../../../edge-server/ports.ts';
import { defaultTopics } from '../../../bus/topics.ts';
import { parseEdgeId, type EdgeId } from '../../../proto/ids.ts';
import type { TrackerSettings } from '../../../tracker/config.ts';
import { createTracker, type Tracker } from '../../../tracker/tracker.ts';
import { callDirectly } from './direct-tracker.ts';
import { createSimulatedBus, type SimulatedBus } from './simulated-bus.ts';
import { createTrackerRoute, type Route } from './simulated-network.ts';
import { createSimulatedStore, type SimulatedStore } from './simulated-store.ts';
import { beginLife, clockOf, type Life, type Machine, type Surroundings } from './surroundings.ts';

/** A third of what is usual, so that whatever runs out does so often. */
export const leaseMs = 9_000;
const sessionLimits = {
	maxPeers: 1_000,
	heartbeatIntervalMs: 4_000,
	connectionTimeoutMs: 10_000,
	leaseMs,
};
const trackerSettings: TrackerSettings = {
	groupId: 'tracker-service',
	sweepIntervalMs: 3_000,
	leaseMs,
	maxPeers: 1_000,
	isClustered: true,
	subscriptionTtlMs: 24 * 3_600_000,
	isMergingSameContent: false,
};
/** What an orchestrator gives a program to leave. */
const drainMs = 4_000;

/** A program that may come and go. */
export interface Program<Running> {
	readonly machine: Machine;
	/** What runs now; undefined before it has started and after its end. */
	running(): (Running & { readonly life: Life }) | undefined;
	start(): void;
	crash(): void;
	/** Leaves as it should. */
	leave(): void;
}

interface RunningEdge {
	readonly door: Sessions;
	readonly tracker: TrackerClient;
}

export interface EdgeProgram extends Program<RunningEdge> {
	readonly edgeId: EdgeId;
	route: Route;
}

export interface RunningTracker {
	readonly tracker: Tracker;
	readonly client: TrackerClient;
}

export interface SimulatedCluster {
	readonly bus: SimulatedBus;
	readonly store: SimulatedStore;
	readonly edges: readonly [EdgeProgram, ...EdgeProgram[]];
	readonly trackers: readonly [Program<RunningTracker>, ...Program<RunningTracker>[]];
	/** A way to the trackers for a program outside. */
	routeFor(life: Life): TrackerClient;
}

export interface ClusterDeps extends Surroundings {
	/** Two trackers share a store; one has its own. */
	readonly trackerCount: 1 | 2;
	/** A program met a defect of its own. */
	readonly onDefect: (what: string) => void;
	/** An edge could not publish that a session of this peer has ended. */
	readonly onEndUnpublished: (edgeId: EdgeId, peerId: string) => void;
	/** An edge has crashed. */
	readonly onCrash: (life: Life) => void;
}

export function createSimulatedCluster(deps: ClusterDeps): SimulatedCluster {
	const bus = createSimulatedBus(deps);
	const store = createSimulatedStore(deps, { isShared: deps.trackerCount > 1 });
	const names = ['tracker-a', 'tracker-b'].slice(0, deps.trackerCount);
	const trackers = names.map((name) => createTrackerProgram(deps, name, bus, store));
	const answering = () => trackers.flatMap((tracker) => tracker.running() ?? []);
	const createEdge = (name: string) => createEdgeProgram(deps, parseEdgeId(name), bus, answering);
	const [first, ...others] = trackers;
	if (!first) throw new Error('a cluster has a tracker');
	return {
		bus,
		store,
		edges: [createEdge('edge-a'), createEdge('edge-b'), createEdge('edge-c')],
		trackers: [first, ...others],
		routeFor: (life) =>
			createTrackerRoute(deps, life, { route: () => 'open', trackers: answering }),
	};
}

/** What programs have in common: one life after another. `begin` resolves when the program serves. */
function createProgram<Running extends object>(
	{ log, time }: ClusterDeps,
	name: string,
	hooks: {
		begin: (life: Life) => Promise<Running>;
		leave: (running: Running, life: Life) => Promise<void>;
		crashed: (life: Life) => void;
	},
): Program<Running> {
	const machine: Machine = { skewMs: 0 };
	let starts = 0;
	let life: Life | undefined;
	let running: (Running & { life: Life }) | undefined;
	let isWanted = false;

	function start(): void {
		isWanted = true;
		if (life) return;
		const own = beginLife(`${name}.${(starts += 1)}`, machine);
		life = own;
		log.note(`${own.name} starts`);
		hooks.begin(own).then(
			(begun) => {
				if (life === own) running = { ...begun, life: own };
			},
			() => {
				// It ends with an error and is started again, as orchestrators do.
				if (life !== own) return;
				end(own);
				hooks.crashed(own);
				time.after(1_000, () => {
					if (isWanted) start();
				});
			},
		);
	}

	function end(own: Life): void {
		own.isOver = true;
		log.note(`${own.name} ends`);
		if (life === own) life = undefined;
		running = undefined;
	}

	return {
		machine,
		running: () => running,
		start,
		crash: () => {
			isWanted = false;
			if (!life) return;
			const own = life;
			end(own);
			hooks.crashed(own);
		},
		leave: () => {
			if (!running) return;
			const { life: own } = running;
			log.note(`${own.name} leaves`);
			isWanted = false;
			void hooks.leave(running, own).finally(() => {
				if (life !== own) return;
				end(own);
				if (isWanted) start();
			});
		},
	};
}

function createEdgeProgram(
	deps: ClusterDeps,
	edgeId: EdgeId,
	bus: SimulatedBus,
	trackers: () => readonly (RunningTracker & { life: Life })[],
): EdgeProgram {
	const { time, choice } = deps;
	const program = createProgram<RunningEdge>(deps, edgeId, {
		begin: async (life) => {
			const tracker = createTrackerRoute(deps, life, { route: () => edge.route, trackers });
			const door = createSessions({
				...{ edgeId, tracker, bus: bus.connect(life), topics: defaultTopics },
				...{
					clock: clockOf(life, time),
					randomBytes: choice.fill,
					logger: edgeLogOf(deps, life, edgeId),
				},
				posters: { put: async () => undefined, get: async () => undefined },
				iceServers: () => [],
				announceTrackers: [],
				limits: sessionLimits,
			});
			await door.start();
			return { door, tracker };
		},
		leave: async ({ door }, life) => {
			const late = new AbortController();
			clockOf(life, time).after(drainMs, () => late.abort());
			await door.drain(late.signal);
			await door.stop();
		},
		crashed: (life) => {
			bus.crashed(life);
			deps.onCrash(life);
		},
	});
	const edge: EdgeProgram = { ...program, edgeId, route: 'open' };
	return edge;
}

function createTrackerProgram(
	deps: ClusterDeps,
	name: string,
	bus: SimulatedBus,
	store: SimulatedStore,
): Program<RunningTracker> {
	return createProgram<RunningTracker>(deps, name, {
		begin: async (life) => {
			const tracker = createTracker({
				...{ store: store.open(life), bus: bus.connect(life), topics: defaultTopics },
				...{ clock: clockOf(life, deps.time), randomBytes: deps.choice.fill },
				...{ logger: logOf(deps, life), config: trackerSettings },
			});
			await tracker.start();
			return { tracker, client: callDirectly(tracker) };
		},
		leave: ({ tracker }) => tracker.stop(),
		crashed: (life) => bus.crashed(life),
	});
}

function edgeLogOf(deps: ClusterDeps, life: Life, edgeId: EdgeId): Logger {
	const logger = logOf(deps, life);
	return {
		...logger,
		error: (message, fields) => {
			logger.error(message, fields);
			if (message !== 'the end of a session could not be published' || life.isOver) return;
			deps.onEndUnpublished(edgeId, String(fields?.['peerId']));
		},
	};
}

function logOf({ log, onDefect }: ClusterDeps, life: Life): Logger {
	const say = (message: string, fields: object = {}): void => {
		if (!life.isOver) log.note(`${life.name} says ${message} ${JSON.stringify(fields)}`);
	};
	return {
		info: () => undefined,
		warn: say,
		error: (message, fields) => {
			say(message, fields);
			if (message.includes('failed')) onDefect(`${life.name}: ${message}`);
		},
	};
}
