// The contract of leases on a Redis that two trackers share, each with a store of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrackerStore } from '../../tracker/store/tracker-store.ts';
import { describeLeaseStore } from '../contract/lease-store.ts';

export function describeRedisLeases(
	name: string,
	redis: {
		readonly open: () => TrackerStore;
		/** Empties it. */
		readonly flush: () => Promise<unknown>;
		/** Of each property. */
		readonly runs: number;
	},
): void {
	const clock = { monotonicMs: () => performance.now() };
	describeLeaseStore(
		name,
		async () => {
			await redis.flush();
			// Opened anew for each world: a store remembers which peers it has entered.
			const [one, other] = [redis.open(), redis.open()];
			return {
				leases: one.openLeases(clock),
				others: other.openLeases(clock),
				wait: async (durationMs) => {
					await sleep(durationMs);
				},
				nowMs: clock.monotonicMs,
				dispose: async () => {
					await one.close();
					await other.close();
				},
			};
		},
		{ runs: redis.runs },
	);
}
