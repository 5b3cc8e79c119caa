// The receiving half of a stream: notes that the peer is alive, keeps it within its rate, and hands its
// messages on one after another. Liveness is noted on arrival, so a peer whose messages wait for a slow bus
// is not taken for dead.
import { GiggityflixError } from '../../proto/errors.ts';
import { maxMessagesPerSecond } from '../../proto/limits.ts';
import type { Dispatch } from '../messages/dispatch.ts';
import type { Clock, PeerStreamReceiver } from '../ports.ts';
import { webRtcFailure, type WebRtcRelay } from '../webrtc/relay.ts';
import { createInbox } from './inbox.ts';
import type { Session } from './session.ts';

/** Messages of one session that may wait: a whole burst, as when a large snapshot meets a slow bus. */
const maxWaiting = 3 * maxMessagesPerSecond;

export function createReceiver(
	session: Session,
	deps: { clock: Clock; dispatch: Dispatch; relay: WebRtcRelay },
): PeerStreamReceiver {
	const inbox = createInbox(maxWaiting);
	return {
		receive: async (message) => {
			if (overrun(session, deps.clock) !== undefined) return;
			const handled = inbox.put(() => deps.dispatch(session, message));
			if (handled === undefined) {
				session.refuse(new GiggityflixError('resource-exhausted', 'too many messages wait'));
			}
			await handled;
		},
		receiveMalformed: (error) => session.refuse(error),
		receiveWebRtc: (message) => {
			const error = overrun(session, deps.clock);
			if (error !== undefined) return webRtcFailure(error);
			const state = session.state();
			if (state.kind === 'admitted') return deps.relay.relay(state.peer.peerId, message);
			const early = new GiggityflixError('invalid-argument', 'a WebRTC step before the welcome');
			session.refuse(early);
			return webRtcFailure(early);
		},
		closed: () => session.gone(),
	};
}

/**
 * Notes that the peer said something and takes it from its allowance. Returns why nothing is done with it, if
 * so; a peer that says too much is refused here.
 */
export function overrun(session: Session, clock: Clock): GiggityflixError | undefined {
	if (session.state().kind === 'closing') {
		return new GiggityflixError('unavailable', 'the session has ended');
	}
	session.heard();
	if (session.allowance.take(clock.monotonicMs())) return undefined;
	const error = new GiggityflixError(
		'resource-exhausted',
		`more than ${maxMessagesPerSecond} messages a second`,
	);
	session.refuse(error);
	return error;
}
