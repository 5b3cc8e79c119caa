// Turns many small changes into few snapshots: built when somebody looks, announced to listeners at most
// every 100 ms. Knows nothing of what is in a snapshot.
import { createListeners } from './listeners.ts';
import type { Clock } from './ports.ts';

export interface SnapshotPublisher<Snapshot> {
	/** Something has changed. Cheap; call it as often as you like. */
	touch(): void;
	/** The state now. The same object until something changes. */
	snapshot(): Snapshot;
	subscribe(listener: () => void): () => void;
}

/** Ten times a second looks live; more is work nobody sees. */
const publishIntervalMs = 100;

/** Publishes what `build` makes. A change after a quiet while is announced at once, those that follow together. */
export function createSnapshotPublisher<Snapshot>(
	clock: Clock,
	build: () => Snapshot,
	signal: AbortSignal,
): SnapshotPublisher<Snapshot> {
	const listeners = createListeners();
	let current: Snapshot | undefined;
	let isScheduled = false;
	let publishedAtMs = -Infinity;

	async function publish(): Promise<void> {
		const waitMs = publishedAtMs + publishIntervalMs - clock.monotonicMs();
		try {
			// Always a turn later, so that one verb that changes several things is one change.
			await (waitMs > 0 ? clock.sleep(waitMs, signal) : Promise.resolve());
		} catch {
			// Stopping: listeners hear the last change now.
		}
		isScheduled = false;
		publishedAtMs = clock.monotonicMs();
		listeners.tell();
	}

	return {
		touch() {
			current = undefined;
			if (isScheduled) return;
			isScheduled = true;
			void publish();
		},
		snapshot: () => (current ??= build()),
		subscribe: listeners.add,
	};
}
