// Leaving without a stampede: every peer is told when to come back, at a time of its own, and is let go of
// once it had a moment to read that. Knows nothing of why the edge leaves.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import { CloseReason } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { DrainSchema } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Clock } from '../ports.ts';
import { pause } from './deadline.ts';
import type { PeerTurns } from './peer-turns.ts';
import type { SessionRegistry } from './session-registry.ts';

/** Nobody comes back sooner: a restart takes about this long. */
const minReconnectMs = 1_000;
/** Peers come back over at least this long, and at no more than a thousand a second. */
const minSpreadMs = 1_000;
const spreadPerPeerMs = 1;
/** Time for the last message to reach the wire. */
const flushMs = 250;

/** Tells everybody, ends every session as drained, and resolves when all departures are told or the signal aborts. */
export async function drainSessions(
	deps: {
		registry: SessionRegistry;
		turns: PeerTurns;
		clock: Clock;
		randomBytes: (target: Uint8Array) => void;
	},
	signal: AbortSignal,
): Promise<void> {
	const { registry, clock } = deps;
	const admitted = registry.admitted();
	const spreadMs = Math.max(minSpreadMs, admitted.length * spreadPerPeerMs);
	for (const { session } of admitted) {
		const reconnectAfterMs = minReconnectMs + Math.floor(fraction(deps.randomBytes) * spreadMs);
		session.send({ case: 'drain', value: create(DrainSchema, { reconnectAfterMs }) });
	}
	if (admitted.length > 0) await untilAborted(signal, pause(clock, flushMs));
	await untilAborted(signal, endSessions(deps));
}

/** Ends every session as drained; resolves when all departures are told, those of half-admitted peers included. */
export async function endSessions(deps: {
	registry: SessionRegistry;
	turns: PeerTurns;
}): Promise<void> {
	const leaving = new GiggityflixError('unavailable', 'this edge is going away');
	for (const session of deps.registry.all()) session.end(CloseReason.DRAINED, leaving);
	await deps.turns.idle();
	await deps.registry.allDeparted();
}

/** A random number from 0 up to 1. */
function fraction(randomBytes: (target: Uint8Array) => void): number {
	const bytes = new Uint8Array(4);
	randomBytes(bytes);
	return new DataView(bytes.buffer).getUint32(0) / 2 ** 32;
}

async function untilAborted(signal: AbortSignal, promise: Promise<void>): Promise<void> {
	if (signal.aborted) return;
	let stopListening = (): void => undefined;
	const aborted = new Promise<void>((resolve) => {
		const onAbort = (): void => resolve();
		signal.addEventListener('abort', onAbort, { once: true });
		stopListening = () => signal.removeEventListener('abort', onAbort);
	});
	await Promise.race([promise, aborted]);
	stopListening();
}
