// The core's clock on Node's timers.
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../ports.ts';

export const systemClock: Clock = {
	now: () => Date.now(),
	monotonicMs: () => performance.now(),
	sleep: async (durationMs, signal) => {
		try {
			await delay(durationMs, undefined, signal && { signal });
		} catch (error) {
			// Node wraps the reason in an error of its own; the core wants the reason.
			signal?.throwIfAborted();
			throw error;
		}
	},
};
