// /healthz says that the process answers; /readyz says whether peers should be sent here: not while it
// starts or drains, and not when its tracker is silent.
import { Code, ConnectError } from '@connectrpc/connect';
import type { Clock, TrackerClient } from '../ports.ts';
import type { FetchHandler } from '../transport/listener.ts';
import { jsonResponse } from './problem.ts';

/** Where the edge is in its life. */
export type EdgePhase = 'starting' | 'serving' | 'draining';

/** How long the tracker may take, and how long its answer is believed: probes come often. */
const trackerTimeoutMs = 2_000;
const believedForMs = 1_000;

export const handleHealth: FetchHandler = async () => jsonResponse(200, { status: 'alive' });

export function createReadinessHandler(deps: {
	phase: () => EdgePhase;
	tracker: Pick<TrackerClient, 'locatePeer'>;
	clock: Clock;
}): FetchHandler {
	let asked: { readonly atMs: number; readonly answer: Promise<boolean> } | undefined;
	const isTrackerThere = (): Promise<boolean> => {
		const nowMs = deps.clock.monotonicMs();
		if (asked === undefined || nowMs - asked.atMs >= believedForMs) {
			asked = { atMs: nowMs, answer: doesTrackerAnswer(deps.tracker) };
		}
		return asked.answer;
	};
	return async () => {
		const phase = deps.phase();
		if (phase !== 'serving') return jsonResponse(503, { status: phase });
		const isReady = await isTrackerThere();
		return isReady
			? jsonResponse(200, { status: 'ready' })
			: jsonResponse(503, { status: 'the tracker does not answer' });
	};
}

/** Any answer will do, also that it knows no such peer. */
async function doesTrackerAnswer(tracker: Pick<TrackerClient, 'locatePeer'>): Promise<boolean> {
	try {
		await tracker.locatePeer({ peerId: 'readiness-probe' }, { timeoutMs: trackerTimeoutMs });
		return true;
	} catch (error) {
		return ConnectError.from(error).code === Code.NotFound;
	}
}
