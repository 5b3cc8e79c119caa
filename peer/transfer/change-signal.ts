// Tells listeners that numbers have changed, at most once a second, and goes on telling while they move.
// For showing only: with nobody listening there is no timer, and nothing waits for one.
import type { Clock } from '../ports.ts';

export interface ChangeSignal {
	/** Returns the unsubscribe. */
	subscribe(listener: () => void): () => void;
	/** Something a person should see at once. */
	now(): void;
	/** A number moved. */
	soon(): void;
}

const intervalMs = 1000;

export function createChangeSignal(options: {
	clock: Clock;
	/** Whether numbers change by themselves, as a rate that falls to zero does. */
	isMoving: () => boolean;
}): ChangeSignal {
	const { clock, isMoving } = options;
	const listeners = new Set<() => void>();
	let calledAtMs = -Infinity;
	let pending: Promise<void> | undefined;

	function now(): void {
		calledAtMs = clock.monotonicMs();
		for (const listener of [...listeners]) listener();
		if (isMoving()) soon();
	}

	function soon(): void {
		if (listeners.size === 0 || pending !== undefined) return;
		const waitMs = calledAtMs + intervalMs - clock.monotonicMs();
		pending = (waitMs > 0 ? clock.sleep(waitMs) : Promise.resolve()).then(() => {
			pending = undefined;
			now();
		});
	}

	return {
		subscribe(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
		now,
		soon,
	};
}
