// Real time, for the programs. Chosen in main.ts files; tests use a clock they move by hand.
import { performance } from 'node:perf_hooks';
import type { Clock } from './ports.ts';

export const nodeClock: Clock = {
	now: () => Date.now(),
	monotonicMs: () => performance.now(),
	after: (delayMs, callback) => {
		const timer = setTimeout(callback, delayMs);
		return () => clearTimeout(timer);
	},
};
