// Where a remote source stands with its owners, and how that is told to whoever watches. Knows no links and no bytes.
import type { GiggityflixError } from '../../../proto/errors.ts';
import type { WatchConnection } from '../../peer.ts';
import type { Clock } from '../../ports.ts';
import type { OpenedAtOwner } from './owner-search.ts';
import type { RateMeter } from '../rate-meter.ts';

export type Phase =
	/** Nobody has asked for anything. */
	| { readonly kind: 'idle' }
	| { readonly kind: 'connecting'; readonly sinceMs: number }
	| OpenPhase
	| { readonly kind: 'lost'; readonly error: GiggityflixError; readonly retryAtMs: number }
	| { readonly kind: 'failed'; readonly error: GiggityflixError };

export interface OpenPhase {
	readonly kind: 'open';
	readonly at: OpenedAtOwner;
	/** Becomes known while it is open. */
	route: 'direct' | 'relayed' | 'unknown';
}

export function describePhase(phase: Phase, meter: RateMeter, clock: Clock): WatchConnection {
	switch (phase.kind) {
		case 'idle':
			return { kind: 'connecting', sinceMs: clock.now() };
		case 'connecting':
			return phase;
		case 'open':
			return {
				kind: 'open',
				route: phase.route,
				downloadBytesPerSecond: meter.bytesPerSecond(clock.monotonicMs()),
				totalBytes: meter.totalBytes,
			};
		case 'lost':
			return { kind: 'lost', reason: phase.error.code, retryAtMs: phase.retryAtMs };
		case 'failed':
			return { kind: 'failed', reason: phase.error.code };
	}
}
