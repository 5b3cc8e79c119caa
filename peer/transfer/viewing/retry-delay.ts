// How long to wait before an owner is asked again. Pure.
import type { RandomBytes } from '../../ports.ts';

const firstDelayMs = 500;
/** An owner who comes back is found within this time even when no edge says so. */
const longestDelayMs = 15_000;

/** Doubles with each attempt from 0; half of it is chance, so that viewers of one owner do not come all at once. */
export function retryDelayMs(attempt: number, randomBytes: RandomBytes): number {
	const fullMs = Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(attempt, 10));
	const chance = new Uint8Array(1);
	randomBytes(chance);
	return Math.round(fullMs / 2 + (fullMs / 2) * ((chance[0] ?? 0) / 255));
}
