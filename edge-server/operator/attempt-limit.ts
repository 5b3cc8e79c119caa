// How often one address may show a wrong token. Ten times, then once in six seconds: no burden for a person, and
// no way to guess. Bounded; knows nothing of tokens.
import { GiggityflixError } from '../../proto/errors.ts';
import type { Clock } from '../ports.ts';
import { putNewest } from '../put-newest.ts';

const burst = 10;
const ratePerSecond = 1 / 6;
/** Addresses remembered; an attacker with more of them gets ten guesses from each. */
const maxAddresses = 10_000;

export interface AttemptLimit {
	/** Throws `resource-exhausted`. */
	requireRoom(address: string): void;
	failed(address: string): void;
}

export function createAttemptLimit(clock: Pick<Clock, 'monotonicMs'>): AttemptLimit {
	/** Guesses of an address that still count, and when they were counted. Oldest first. */
	const failures = new Map<string, { readonly count: number; readonly atMs: number }>();

	function countOf(address: string): number {
		const known = failures.get(address);
		if (!known) return 0;
		const forgotten = ((clock.monotonicMs() - known.atMs) / 1000) * ratePerSecond;
		return Math.max(0, known.count - forgotten);
	}

	return {
		requireRoom: (address) => {
			if (countOf(address) <= burst - 1) return;
			throw new GiggityflixError('resource-exhausted', 'too many wrong tokens from this address');
		},
		failed: (address) => {
			const count = countOf(address) + 1;
			putNewest(failures, address, { count, atMs: clock.monotonicMs() }, maxAddresses);
		},
	};
}
