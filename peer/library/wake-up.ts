// A bell between code that changes something and the one loop that works it off. A ring while the loop is
// busy is remembered, so that no change is slept through.
import type { Clock } from '../ports.ts';

export interface WakeUp {
	ring(): void;
	/**
	 * Resolves at the next ring, at once when it rang since the last wait, or after `timeoutMs`. Rejects with
	 * `signal.reason`. One waiter at a time.
	 */
	wait(signal: AbortSignal, timeoutMs?: number): Promise<void>;
}

/** Makes a bell that has not rung. */
export function createWakeUp(clock: Clock): WakeUp {
	let hasRung = false;
	let resume: (() => void) | undefined;

	return {
		ring() {
			hasRung = true;
			resume?.();
		},
		async wait(signal, timeoutMs) {
			signal.throwIfAborted();
			const timer = new AbortController();
			let onAbort = (): void => undefined;
			if (!hasRung) {
				await new Promise<void>((resolve) => {
					resume = resolve;
					onAbort = resolve;
					signal.addEventListener('abort', onAbort);
					if (timeoutMs !== undefined) clock.sleep(timeoutMs, timer.signal).then(resolve, resolve);
				});
			}
			resume = undefined;
			hasRung = false;
			timer.abort();
			signal.removeEventListener('abort', onAbort);
			signal.throwIfAborted();
		},
	};
}
