// Waiting by the program's clock.
import type { Clock } from '../ports.ts';

/** Resolves after a delay, or as soon as `signal` aborts. */
export function pause(
	clock: Pick<Clock, 'after'>,
	delayMs: number,
	signal?: AbortSignal,
): Promise<void> {
	return new Promise((resolve) => {
		if (signal?.aborted === true) {
			resolve();
			return;
		}
		const finish = () => {
			cancel();
			signal?.removeEventListener('abort', finish);
			resolve();
		};
		const cancel = clock.after(delayMs, finish);
		signal?.addEventListener('abort', finish);
	});
}
