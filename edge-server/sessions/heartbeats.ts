// Signs of life. The edge sends a heartbeat to every admitted peer at each interval and lets go of one it
// has not heard for the time-out; any message counts as heard. One timer serves all sessions, a few at a
// time: thousands in one go would keep everybody's messages waiting.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import { CloseReason } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { HeartbeatSchema, type Heartbeat } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Clock } from '../ports.ts';
import type { Session } from './session.ts';

export interface Heartbeats {
	/** Starts beating; the function returned stops. */
	start(): () => void;
	/** Sends a heartbeat now; whether the peer said anything within the time. */
	ping(session: Session, timeoutMs: number): Promise<boolean>;
}

const beatsAtOnce = 100;
const betweenBeatsMs = 10;

export function createHeartbeats(deps: {
	clock: Clock;
	intervalMs: number;
	timeoutMs: number;
	admitted: () => readonly Session[];
}): Heartbeats {
	const { clock, intervalMs, timeoutMs } = deps;

	function beat(session: Session): void {
		if (clock.monotonicMs() - session.lastHeardAtMs() >= timeoutMs) {
			const silent = new GiggityflixError('timed-out', `nothing was heard for ${timeoutMs} ms`);
			session.end(CloseReason.TIMED_OUT, silent);
		} else {
			sendHeartbeat(session, clock);
		}
	}

	return {
		start: () => {
			const beatFrom = (sessions: readonly Session[], first: number): void => {
				const next = first + beatsAtOnce;
				cancel =
					next < sessions.length
						? clock.after(betweenBeatsMs, () => beatFrom(sessions, next))
						: beatLater();
				for (const session of sessions.slice(first, next)) beat(session);
			};
			const beatLater = () => clock.after(intervalMs, () => beatFrom(deps.admitted(), 0));
			let cancel = beatLater();
			return () => cancel();
		},
		ping: (session, pingTimeoutMs) =>
			new Promise((resolve) => {
				const settle = (isAlive: boolean): void => {
					cancelTimer();
					stopListening();
					resolve(isAlive);
				};
				const cancelTimer = clock.after(pingTimeoutMs, () => settle(false));
				const stopListening = session.onNextHeard(settle);
				sendHeartbeat(session, clock);
			}),
	};
}

/** The answer to a peer's heartbeat; undefined when it is itself an answer. */
export function answerHeartbeat(heartbeat: Heartbeat, clock: Clock): Heartbeat | undefined {
	if (heartbeat.answersSentAtMs !== 0n) return undefined;
	return create(HeartbeatSchema, {
		sentAtMs: BigInt(clock.now()),
		answersSentAtMs: heartbeat.sentAtMs,
	});
}

function sendHeartbeat(session: Session, clock: Clock): void {
	const value = create(HeartbeatSchema, { sentAtMs: BigInt(clock.now()) });
	session.send({ case: 'heartbeat', value });
}
