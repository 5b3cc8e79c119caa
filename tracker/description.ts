// The cluster as an operator asks for it: edges by their leases and reports, peers with what they offer, and
// subscriptions. Reads the tracker's state and changes nothing. Goes through every lease, which is right for
// somebody who looks at a page and wrong for anything else.
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { BusWatch } from '../bus/metered-bus.ts';
import type { ProgramUse } from '../bus/program-use.ts';
import { GiggityflixError } from '../proto/errors.ts';
import type {
	DescribeRequest,
	DescribeResponseSchema,
	EdgeReport,
} from '../proto/gen/giggityflix/v1/tracker_pb.js';
import type { EdgeId } from '../proto/ids.ts';
import type { Catalog } from './catalog.ts';
import type { EdgeReports } from './edge-reports.ts';
import { writeLease } from './lease-message.ts';
import type { Leases } from './leases.ts';
import type { Peers } from './peers.ts';
import type { Clock } from './ports.ts';
import type { HeldLease } from './store/lease-store.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { TrackerCounts } from './tracker.ts';

/** As tracker.proto promises. */
const maxRows = 500;
const maxQueryLength = 200;

type DescribeAnswer = MessageInitShape<typeof DescribeResponseSchema>;

/** What a tracker that is a program of its own tells of itself. */
export interface TrackerProgram {
	readonly use: () => ProgramUse;
	readonly bus: BusWatch;
}

export interface DescriptionDeps {
	readonly leases: Leases;
	readonly peers: Peers;
	readonly catalog: Catalog;
	readonly subscriptions: Subscriptions;
	readonly edgeReports: EdgeReports;
	readonly counts: () => TrackerCounts;
	readonly clock: Clock;
	/** Absent when an edge of the same process tells. */
	readonly program?: TrackerProgram | undefined;
}

/** Throws `invalid-argument` for a query or a limit beyond the contract. */
export async function describeCluster(
	deps: DescriptionDeps,
	{ peerQuery, limit }: DescribeRequest,
): Promise<DescribeAnswer> {
	if (limit > maxRows || peerQuery.length > maxQueryLength) {
		throw new GiggityflixError('invalid-argument', 'the description asked for is too long');
	}
	const held = heldLeases(deps.leases);
	const matching = held.filter((lease) => matches(deps, lease, peerQuery));
	matching.sort((one, other) => other.sinceMs - one.sinceMs);
	return {
		edges: describeEdges(held, deps.edgeReports.current()),
		peers: matching.slice(0, limit).map((lease) => describePeer(deps, lease)),
		peerTotal: matching.length,
		subscriptions: describeSubscriptions(deps.subscriptions, limit),
		sizes: deps.counts(),
		...(deps.program && (await describeProgram(deps.program))),
	};
}

function heldLeases(leases: Leases): HeldLease[] {
	return Array.from(leases.onlinePeers(), (peerId) => leases.holder(peerId)).filter(
		(lease) => lease !== undefined,
	);
}

function matches({ peers }: DescriptionDeps, { peerId }: HeldLease, query: string): boolean {
	const text = query.trim().toLowerCase();
	if (text === '') return true;
	return [peerId, peers.get(peerId).displayName].some((name) => name.toLowerCase().includes(text));
}

function describeEdges(held: readonly HeldLease[], reports: ReadonlyMap<EdgeId, EdgeReport>) {
	const leases = new Map<EdgeId, number>();
	for (const { edgeId } of held) leases.set(edgeId, (leases.get(edgeId) ?? 0) + 1);
	const edgeIds = [...new Set([...leases.keys(), ...reports.keys()])].sort();
	return edgeIds.map((edgeId) => {
		const report = reports.get(edgeId);
		return { edgeId, leases: leases.get(edgeId) ?? 0, ...(report && { report }) };
	});
}

function describePeer({ peers, catalog, clock, leases }: DescriptionDeps, lease: HeldLease) {
	const { displayName } = peers.get(lease.peerId);
	const isEpoch = leases.sinceClock === 'epoch';
	const sinceMs = isEpoch ? lease.sinceMs : clock.now() - clock.monotonicMs() + lease.sinceMs;
	return {
		lease: writeLease(lease),
		displayName,
		sinceMs: BigInt(Math.trunc(sinceMs)),
		offers: catalog.offersOf(lease.peerId).size,
	};
}

function describeSubscriptions(subscriptions: Subscriptions, limit: number) {
	return subscriptions.nextToExpire(limit).map((subscription) => ({
		...subscription,
		expiresAtMs: BigInt(Math.trunc(subscription.expiresAtMs)),
	}));
}

async function describeProgram({ use, bus }: TrackerProgram) {
	const { startedAtMs, memoryBytes, ...rest } = use();
	// A broker that is away must not hide everything else from whoever looks for the trouble.
	const lags = await bus.lag().catch(() => []);
	return {
		program: { ...rest, startedAtMs: BigInt(startedAtMs), memoryBytes: BigInt(memoryBytes) },
		topics: bus.topics().map(({ topic, published, handled, failed }) => ({
			topic,
			published: BigInt(published),
			handled: BigInt(handled),
			failed: BigInt(failed),
		})),
		lags: lags.map((lag) => ({ ...lag, events: BigInt(lag.events) })),
	};
}
