// Whoever an announce tracker named, and whose connection then did not open, is met again sooner than the tracker's
// interval: two sides negotiate anew only when one of them announces. Rule: each failure waits four times as long as the
// one before, so that strangers whom nobody can reach cost no more than the announces that are due anyway. Knows no
// tracker and no reason why a connection failed.
import type { Clock } from '../ports.ts';
import type { MetPeer } from './webtorrent.ts';

export const firstWaitMs = 1_000;
/** As often as clients announce anyway. */
export const longestWaitMs = 120_000;

export interface EarlyAnnounces {
	/** Before the connection has opened. */
	watch(connection: Pick<MetPeer, 'once'>): void;
}

/** `announce` is called until `signal` is aborted. */
export function createEarlyAnnounces(
	clock: Clock,
	announce: () => void,
	signal: AbortSignal,
): EarlyAnnounces {
	let nextWaitMs = firstWaitMs;
	let isWaiting = false;

	async function announceSoon(): Promise<void> {
		if (isWaiting || signal.aborted) return;
		isWaiting = true;
		const waitMs = nextWaitMs;
		nextWaitMs = Math.min(longestWaitMs, waitMs * 4);
		try {
			await clock.sleep(waitMs, signal);
		} catch {
			// The swarm was left.
			return;
		}
		isWaiting = false;
		announce();
	}

	return {
		watch(connection) {
			let isSettled = false;
			const fail = (): void => {
				if (!isSettled) void announceSoon();
				isSettled = true;
			};
			connection.once('connect', () => (isSettled = true));
			// One that fails says so and no more, one that is given up closes.
			connection.once('error', fail);
			connection.once('close', fail);
		},
	};
}
