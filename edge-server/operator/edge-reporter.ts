// Tells the tracker how this edge is: every ten seconds, and at once when it begins to leave. A report that does
// not arrive is not missed: the next one says all of it.
import type { ProgramUse } from '../../bus/program-use.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import type { EdgeId } from '../../proto/ids.ts';
import type { Clock, Logger, TrackerClient } from '../ports.ts';

const intervalMs = 10_000;
const timeoutMs = 5_000;

/** How an edge is. */
export interface EdgeState {
	readonly address: string;
	readonly peers: number;
	readonly maxPeers: number;
	readonly isDraining: boolean;
}

export interface EdgeReporter {
	/** Starts reporting; the function returned stops. */
	start(): () => void;
	/** Reports now. Never throws. */
	report(): Promise<void>;
}

interface Deps {
	readonly edgeId: EdgeId;
	readonly tracker: Pick<TrackerClient, 'reportEdge'>;
	readonly clock: Clock;
	readonly logger: Logger;
	readonly state: () => EdgeState;
	readonly use: () => ProgramUse;
}

export function createEdgeReporter(deps: Deps): EdgeReporter {
	const { edgeId, tracker, clock } = deps;
	let isUnheard = false;

	async function report(): Promise<void> {
		const { startedAtMs, memoryBytes, ...use } = deps.use();
		const program = {
			...use,
			startedAtMs: BigInt(Math.trunc(startedAtMs)),
			memoryBytes: BigInt(memoryBytes),
		};
		try {
			await tracker.reportEdge({ report: { edgeId, ...deps.state(), program } }, { timeoutMs });
			isUnheard = false;
		} catch (caught) {
			// Once: leases tell of a tracker that is away more urgently.
			const { code, message: reason } = GiggityflixError.from(caught);
			if (!isUnheard) deps.logger.warn('the edge could not tell how it is', { code, reason });
			isUnheard = true;
		}
	}

	return {
		report,
		start: () => {
			let isStopped = false;
			let cancel = (): void => undefined;
			const again = (): void => {
				if (isStopped) return;
				cancel = clock.after(intervalMs, () => void report().finally(again));
			};
			void report().finally(again);
			return () => {
				isStopped = true;
				cancel();
			};
		},
	};
}
