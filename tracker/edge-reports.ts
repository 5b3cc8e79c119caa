// What edges last told of themselves, for the operator. Nothing else is decided by it: who holds a peer is
// known by leases alone. In memory; a tracker that was restarted hears again within seconds.
import type { EdgeReport } from '../proto/gen/giggityflix/v1/tracker_pb.js';
import { parseEdgeId, type EdgeId } from '../proto/ids.ts';
import type { Clock } from './ports.ts';

/** How long a report is believed: three times the interval of an edge. */
const believedForMs = 30_000;
/** More edges than any cluster has; a bound on what a mistaken client can make the tracker hold. */
const maxEdges = 1_000;

export interface EdgeReports {
	/** Throws `invalid-argument` for a report without an id. Reports of too many edges are dropped. */
	put(report: EdgeReport): void;
	/** Those that are still believed, by edge. */
	current(): Map<EdgeId, EdgeReport>;
}

export function createEdgeReports(clock: Pick<Clock, 'monotonicMs'>): EdgeReports {
	const reports = new Map<EdgeId, { readonly report: EdgeReport; readonly atMs: number }>();

	function forgetOld(): void {
		const oldestMs = clock.monotonicMs() - believedForMs;
		for (const [edgeId, { atMs }] of reports) if (atMs < oldestMs) reports.delete(edgeId);
	}

	return {
		put: (report) => {
			const edgeId = parseEdgeId(report.edgeId);
			forgetOld();
			if (!reports.has(edgeId) && reports.size >= maxEdges) return;
			reports.set(edgeId, { report, atMs: clock.monotonicMs() });
		},
		current: () => {
			forgetOld();
			return new Map(Array.from(reports, ([edgeId, { report }]) => [edgeId, report]));
		},
	};
}
