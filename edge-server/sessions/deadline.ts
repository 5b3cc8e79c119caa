// Waiting with the edge's clock: for a while, or for something that may never come. Every wait ends and
// takes its timer with it. Knows nothing of what is waited for.
import { GiggityflixError } from '../../proto/errors.ts';
import type { Clock } from '../ports.ts';

/** Resolves after the delay. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
	return new Promise((resolve) => {
		clock.after(delayMs, resolve);
	});
}

/**
 * Settles as `promise` does, or rejects with `timed-out` when that takes too long. The work itself goes on:
 * whoever can cancel it does so by other means.
 */
export async function within<Result>(
	clock: Clock,
	timeoutMs: number,
	what: string,
	promise: Promise<Result>,
): Promise<Result> {
	let cancel = (): void => undefined;
	const deadline = new Promise<never>((_, reject) => {
		cancel = clock.after(timeoutMs, () => {
			reject(new GiggityflixError('timed-out', `${what} took longer than ${timeoutMs} ms`));
		});
	});
	try {
		return await Promise.race([promise, deadline]);
	} finally {
		cancel();
	}
}
