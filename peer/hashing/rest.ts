// Rests for whoever hashes: a moment without work when somebody waits for a picture and needs disk and cores more.
// Rule: a rest begins anew with each wish, but nobody is held for longer than `longestRestMs` between two steps of
// work, however often people jump. Does not know what the work is.
import type { Clock } from '../ports.ts';

export interface Rest {
	begin(): void;
	/** Resolves at once while there is none. Rejects with `signal.reason`. */
	over(signal?: AbortSignal): Promise<void>;
}

/** A first picture takes about a second from the owner's disk to the viewer's screen. */
const restMs = 1_500;
/** With the slice that follows it makes two seconds at most. */
const longestRestMs = 1_800;

export function createRest(clock: Pick<Clock, 'monotonicMs' | 'sleep'>): Rest {
	let endsAtMs = -Infinity;
	return {
		begin: () => (endsAtMs = clock.monotonicMs() + restMs),
		async over(signal) {
			const latestMs = clock.monotonicMs() + longestRestMs;
			for (;;) {
				const leftMs = Math.min(endsAtMs, latestMs) - clock.monotonicMs();
				if (leftMs <= 0) return;
				await clock.sleep(leftMs, signal);
			}
		},
	};
}
