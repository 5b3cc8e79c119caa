// One look at the cluster for an operator: what this edge knows of itself and its peers, joined with what the
// tracker describes. When the tracker is away, what this edge knows is still told. Reads, and changes nothing.
import type { BusWatch } from '../../bus/metered-bus.ts';
import type { ProgramUse } from '../../bus/program-use.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	SearchOrder,
	type CatalogEntry,
	type SearchResponse,
} from '../../proto/gen/giggityflix/v1/catalog_pb.js';
import type {
	DescribeResponse,
	PeerDescription,
} from '../../proto/gen/giggityflix/v1/tracker_pb.js';
import type { EdgeId } from '../../proto/ids.ts';
import {
	maxOperatorRows,
	type CatalogRows,
	type CommandRow,
	type EdgeRow,
	type EntryRow,
	type OperatorHistory,
	type OperatorQuery,
	type OperatorSnapshot,
	type PeerRow,
	type ProgramRow,
	type SessionFacts,
} from '../../proto/operator.ts';
import type { Clock, TrackerClient } from '../ports.ts';
import type { AdmittedSession } from '../sessions/session-registry.ts';
import type { EdgeState } from './edge-reporter.ts';

const trackerTimeoutMs = 3_000;
const maxFilms = 50;

export type TakeSnapshot = (query: OperatorQuery) => Promise<OperatorSnapshot>;

interface Deps {
	readonly edgeId: EdgeId;
	readonly tracker: Pick<TrackerClient, 'describe' | 'search'>;
	readonly sessions: { list(): AdmittedSession[] };
	readonly state: () => EdgeState;
	readonly use: () => ProgramUse;
	readonly bus: BusWatch;
	readonly commands: { list(): CommandRow[] };
	readonly history: { read(): OperatorHistory };
	readonly clock: Clock;
}

/** What the tracker says; all of it, or why nothing. */
type TrackerWord =
	| { readonly described: DescribeResponse; readonly found: SearchResponse }
	| { readonly problem: string };

export function createSnapshots(deps: Deps): TakeSnapshot {
	const { edgeId, clock, commands, history } = deps;
	return async (query) => {
		const word = await askTracker(deps, query);
		const described = 'described' in word ? word.described : undefined;
		const lags = await deps.bus.lag().catch(() => []);
		const { peers, peerTotal } = peersOf(deps, described, query);
		return {
			takenAtMs: clock.now(),
			edgeId,
			...('problem' in word && { trackerProblem: word.problem }),
			edges: edgesOf(deps, described),
			peers,
			peerTotal,
			catalog: catalogOf(word),
			...subscriptionsOf(described),
			commands: commands.list(),
			topics: [
				...deps.bus.topics().map((topic) => ({ program: edgeId, ...topic })),
				...(described?.topics ?? []).map(({ topic, published, handled, failed }) => ({
					...{ program: 'tracker', topic },
					...{ published: Number(published), handled: Number(handled), failed: Number(failed) },
				})),
			],
			lags: [
				...lags.map((lag) => ({ program: edgeId, ...lag })),
				...(described?.lags ?? []).map(({ group, topic, events }) => ({
					...{ program: 'tracker', group, topic, events: Number(events) },
				})),
			],
			programs: programsOf(deps, described),
			history: history.read(),
		};
	};
}

async function askTracker({ tracker }: Deps, query: OperatorQuery): Promise<TrackerWord> {
	const options = { timeoutMs: trackerTimeoutMs };
	try {
		const [described, found] = await Promise.all([
			tracker.describe({ peerQuery: query.peers, limit: maxOperatorRows }, options),
			tracker.search(
				{ query: query.films, pageSize: maxFilms, order: SearchOrder.NEWEST },
				options,
			),
		]);
		return { described, found };
	} catch (caught) {
		const { code, message } = GiggityflixError.from(caught);
		return { problem: `${code}: ${message}` };
	}
}

function edgesOf(deps: Deps, described: DescribeResponse | undefined): EdgeRow[] {
	const others = (described?.edges ?? []).filter(({ edgeId }) => edgeId !== deps.edgeId);
	const rows = others.map(({ edgeId, leases, report }): EdgeRow => {
		if (!report) return { edgeId, state: 'silent', peers: leases };
		const { peers, maxPeers, address, isDraining, program } = report;
		return {
			...{ edgeId, peers, maxPeers, address },
			state: isDraining ? 'draining' : 'serving',
			...(program && { startedAtMs: Number(program.startedAtMs), version: program.version }),
		};
	});
	const { isDraining, ...state } = deps.state();
	const { startedAtMs, version } = deps.use();
	const own: EdgeRow = {
		...{ edgeId: deps.edgeId, ...state, startedAtMs, version },
		state: isDraining ? 'draining' : 'serving',
	};
	return [...rows, own].sort((one, other) => (one.edgeId < other.edgeId ? -1 : 1));
}

function peersOf(
	deps: Deps,
	described: DescribeResponse | undefined,
	query: OperatorQuery,
): { peers: PeerRow[]; peerTotal: number } {
	const here = new Map(deps.sessions.list().map((each) => [each.session.id as string, each]));
	if (described) {
		const peers = described.peers.map((peer) => describedPeer(deps, peer, here));
		return { peers, peerTotal: described.peerTotal };
	}
	const text = query.peers.trim().toLowerCase();
	const matching = [...here.values()].filter(({ peer: { peerId, displayName } }) =>
		[peerId, displayName].some((name) => name.toLowerCase().includes(text)),
	);
	const peers = matching.slice(0, maxOperatorRows).map(({ session, peer }) => ({
		...{ peerId: peer.peerId, displayName: peer.displayName, edgeId: deps.edgeId },
		...{ sessionId: session.id, sinceMs: peer.admittedAtMs, offers: 0 },
		here: factsOf(deps, session),
	}));
	return { peers, peerTotal: matching.length };
}

function describedPeer(
	deps: Deps,
	{ lease, displayName, sinceMs, offers }: PeerDescription,
	here: ReadonlyMap<string, AdmittedSession>,
): PeerRow {
	const { peerId = '', edgeId = '', sessionId = '' } = lease ?? {};
	const session = here.get(sessionId)?.session;
	return {
		...{ peerId, edgeId, sessionId, displayName, offers, sinceMs: Number(sinceMs) },
		...(session && { here: factsOf(deps, session) }),
	};
}

function factsOf({ clock }: Deps, session: AdmittedSession['session']): SessionFacts {
	const { door, remoteAddress, traffic } = session.stream;
	const heardAtMs = clock.now() - (clock.monotonicMs() - session.lastHeardAtMs());
	const { bytesIn = 0, bytesOut = 0 } = traffic ?? {};
	return { door, remoteAddress, heardAtMs: Math.round(heardAtMs), bytesIn, bytesOut };
}

function catalogOf(word: TrackerWord): CatalogRows {
	if ('problem' in word) return { entries: 0, available: 0, listed: 0, found: [], foundTotal: 0 };
	const { sizes } = word.described;
	return {
		entries: sizes?.entries ?? 0,
		available: sizes?.availableEntries ?? 0,
		listed: sizes?.listedEntries ?? 0,
		found: word.found.entries.map(describeEntry),
		foundTotal: word.found.total,
	};
}

function describeEntry({ catalogId, title, sizeBytes, addedAtMs, owners }: CatalogEntry): EntryRow {
	return {
		...{ catalogId, title, sizeBytes: Number(sizeBytes), addedAtMs: Number(addedAtMs) },
		owners: owners.length,
		ownersOnline: owners.filter(({ isOnline }) => isOnline).length,
	};
}

function subscriptionsOf(described: DescribeResponse | undefined) {
	return {
		subscriptions: (described?.subscriptions ?? []).map(
			({ subscriptionId, peerId, catalogId, expiresAtMs }) => ({
				...{ subscriptionId, peerId, catalogId, expiresAtMs: Number(expiresAtMs) },
			}),
		),
		subscriptionTotal: described?.sizes?.subscriptions ?? 0,
	};
}

/** This edge, every other that reports, and the tracker when it is a program of its own. */
function programsOf(deps: Deps, described: DescribeResponse | undefined): ProgramRow[] {
	const others = (described?.edges ?? []).flatMap(({ edgeId, report }) =>
		report?.program && edgeId !== deps.edgeId ? [{ program: edgeId, ...report.program }] : [],
	);
	const tracker = described?.program ? [{ program: 'tracker', ...described.program }] : [];
	const reported = [...others, ...tracker].map(
		({ program, version, startedAtMs, memoryBytes, cpuShare }) => ({
			...{ program, version, cpuShare },
			...{ startedAtMs: Number(startedAtMs), memoryBytes: Number(memoryBytes) },
		}),
	);
	return [{ program: deps.edgeId, ...deps.use() }, ...reported];
}
