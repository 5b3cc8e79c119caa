// How long a refused peer should wait before it tries again, by the reason it was refused for.
import type { ErrorCode } from '../../proto/errors.ts';

/** In milliseconds; 0 when trying again with the same will not help. */
export function retryAfterMs(code: ErrorCode): number {
	return delaysMs[code] ?? 0;
}

const delaysMs: Partial<Record<ErrorCode, number>> = {
	// The other session may close any moment (a tab that is reloaded) or live for hours.
	'already-exists': 5_000,
	// The tracker or the bus is being restarted, which takes seconds.
	unavailable: 2_000,
	'timed-out': 2_000,
	// A full edge empties slowly; a flood should be over.
	'resource-exhausted': 30_000,
	internal: 5_000,
};
