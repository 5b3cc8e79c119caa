// The core's clock on Node's timers, for tests that need real time because real sockets do.
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../../peer/ports.ts';

export const realClock: Clock = {
	now: () => Date.now(),
	monotonicMs: () => performance.now(),
	sleep: async (durationMs, signal) => {
		try {
			await delay(durationMs, undefined, signal === undefined ? {} : { signal });
		} catch (error) {
			signal?.throwIfAborted();
			throw error;
		}
	},
};
