// Digests run in threads of their own, which know no fake clock: a test lets time pass only when none is running.
import { vi } from 'vitest';

export interface RunningDigests {
	/** When all that runs has ended, and what waited for it has gone on. */
	settled(): Promise<void>;
}

/** Counts every digest from now on, in this file's tests. */
export function watchDigests(): RunningDigests {
	const running = new Set<Promise<unknown>>();
	const digest = crypto.subtle.digest.bind(crypto.subtle);
	vi.spyOn(crypto.subtle, 'digest').mockImplementation((algorithm, bytes) => {
		const result = digest(algorithm, bytes);
		running.add(result);
		const end = () => running.delete(result);
		result.then(end, end);
		return result;
	});
	return {
		async settled() {
			do {
				await Promise.allSettled(running);
				// Whoever waited for it may begin the next.
				await new Promise((resolve) => setImmediate(resolve));
			} while (running.size > 0);
		},
	};
}
