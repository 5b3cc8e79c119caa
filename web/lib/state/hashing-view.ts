// Hashing in the background as it is shown: how far it is, how fast and how long it still takes. Pure.
import type { HashingState } from '../../../peer/peer.ts';
import type { HashingView } from '../view-models.ts';
import { formatCount, formatRate, formatSpan } from './format.ts';

/** `undefined` when there is nothing to hash. */
export function viewOfHashing(hashing: HashingState): HashingView | undefined {
	const { kind, hashedCount, totalCount, bytesPerSecond, msLeft } = hashing;
	if (kind === 'idle') return undefined;
	const parts = [`${formatCount(hashedCount)} of ${formatCount(totalCount)}`];
	if (kind === 'paused') parts.push('paused');
	else if (bytesPerSecond > 0) parts.push(formatRate(bytesPerSecond));
	if (kind === 'working' && msLeft !== undefined) parts.push(`${roughSpan(msLeft)} left`);
	return {
		done: hashedCount,
		total: totalCount,
		words: parts.join(' · '),
		isPaused: kind === 'paused',
	};
}

/** "Hashing 61 %", rounded down: a hundred would be done. */
export function hashingBadge(share: number): string {
	return `Hashing ${Math.floor(share * 100)} %`;
}

/** Beyond a minute and an hour the smaller unit changes too often to be read. */
function roughSpan(spanMs: number): string {
	const minuteMs = 60_000;
	if (spanMs < minuteMs) return formatSpan(spanMs);
	return formatSpan(Math.round(spanMs / minuteMs) * minuteMs);
}
