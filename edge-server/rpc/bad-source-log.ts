// Where reports of bad sources end: all are counted, few are logged, so that nobody fills the disk by telling tales.
// Believes none of them: an operator decides.
import type { Metrics } from '../http/metrics.ts';
import type { Clock, Logger } from '../ports.ts';
import { createTokenBucket } from '../sessions/rate-limit.ts';
import type { BadSourceReport } from './catalog-service.ts';

/** Lines of the log. */
const perMinute = 10;

export function createBadSourceLog(
	{ clock, logger }: { readonly clock: Pick<Clock, 'monotonicMs'>; readonly logger: Logger },
	metrics: Pick<Metrics, 'countBadSource'>,
): (report: BadSourceReport) => void {
	const rate = { ratePerSecond: perMinute / 60, burst: perMinute };
	const bucket = createTokenBucket({ ...rate, nowMs: clock.monotonicMs() });
	return (report) => {
		metrics.countBadSource();
		if (!bucket.take(clock.monotonicMs())) return;
		logger.warn('an owner is said to send bad pieces', { ...report });
	};
}
