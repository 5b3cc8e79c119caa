// The core's clock under a test's hand: it stands still until moved and counts who sleeps.
import type { Clock } from '../../../peer/ports.ts';
import { createManualClock } from '../manual-clock.ts';

export interface SleepingClock extends Clock {
	/** Moves time on in small steps, letting everything woken run in between. */
	advance(durationMs: number): Promise<void>;
	/** How many sleep now. */
	sleeping(): number;
	/** How often anybody has gone to sleep. */
	readonly sleepCount: number;
}

const stepMs = 50;

export function createSleepingClock(): SleepingClock {
	const manual = createManualClock();
	let sleepCount = 0;
	return {
		now: manual.now,
		monotonicMs: manual.monotonicMs,
		sleep: (durationMs, signal) =>
			new Promise((resolve, reject) => {
				signal?.throwIfAborted();
				sleepCount++;
				const cancel = manual.after(durationMs, () => {
					signal?.removeEventListener('abort', onAbort);
					resolve();
				});
				const onAbort = () => {
					cancel();
					reject(signal?.reason as Error);
				};
				signal?.addEventListener('abort', onAbort, { once: true });
			}),
		async advance(durationMs) {
			for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
				manual.advance(Math.min(stepMs, durationMs - passedMs));
				await settle();
			}
		},
		sleeping: manual.pending,
		get sleepCount() {
			return sleepCount;
		},
	};
}

/** Lets everything that is ready run: promises, and the deliveries of memory-links.ts. */
export async function settle(turns = 3): Promise<void> {
	for (let turn = 0; turn < turns; turn++) {
		await new Promise<void>((resolve) => {
			setImmediate(resolve);
		});
	}
}
