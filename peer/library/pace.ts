// Keeps a sender under a rate: so many turns a second on average, with one second's worth in a burst. The
// generic cell rate algorithm, which needs one number of state. Knows nothing of what is sent.
import type { Clock } from '../ports.ts';

export interface Pace {
	/** Resolves when it is this caller's turn; rejects with `signal.reason`. */
	turn(signal: AbortSignal): Promise<void>;
}

export function createPace(clock: Clock, turnsPerSecond: number): Pace {
	const intervalMs = 1000 / Math.max(1, turnsPerSecond);
	const burstMs = 1000;
	/** When the next turn would be due if turns came evenly. */
	let dueAtMs = clock.monotonicMs();
	return {
		async turn(signal) {
			signal.throwIfAborted();
			const nowMs = clock.monotonicMs();
			dueAtMs = Math.max(dueAtMs, nowMs) + intervalMs;
			const waitMs = dueAtMs - nowMs - burstMs;
			if (waitMs > 0) await clock.sleep(waitMs, signal);
		},
	};
}
