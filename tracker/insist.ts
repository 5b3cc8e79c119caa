// Waits for a store or a bus that is away, instead of giving an event up: a restart takes seconds, and what is put aside
// meanwhile would be missing until its peer comes back. Any other failure is the bus's to deliver again.
import { GiggityflixError } from '../proto/errors.ts';
import type { Clock, Logger } from './ports.ts';

/** Long enough for a restart, short enough for the bus not to think that its reader is dead. */
const patienceMs = 120_000;
const pauseMs = 250;

export async function insist(
	{ clock, logger }: { readonly clock: Clock; readonly logger: Logger },
	apply: () => Promise<void>,
): Promise<void> {
	const untilMs = clock.monotonicMs() + patienceMs;
	for (let attempt = 1; ; attempt += 1) {
		try {
			await apply();
			return;
		} catch (caught) {
			const error = GiggityflixError.from(caught);
			if (!isAway(error) || clock.monotonicMs() >= untilMs) throw caught;
			const { code, message: reason } = error;
			if (attempt === 1) logger.warn('an event waits', { code, reason });
			await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
		}
	}
}

/** Whether a failure leaves it open what became of a change: who was asked did not answer. */
export function isAway({ code }: GiggityflixError): boolean {
	return code === 'unavailable' || code === 'timed-out';
}
