// The receiving half of a stream: notes that the peer is alive, keeps it within its rate, and hands its
// messages on one after another. Liveness is noted on arrival, so a peer whose messages wait for a slow bus
// is not taken for dead. A class, as all that an edge keeps of each peer.
import { GiggityflixError } from '../../proto/errors.ts';
import { maxMessagesPerSecond } from '../../proto/limits.ts';
import type { Dispatch } from '../messages/dispatch.ts';
import type {
	PeerMessage,
	PeerWebRTCMessage,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Clock, PeerStreamReceiver, WebRtcAnswer } from '../ports.ts';
import { webRtcFailure, type WebRtcRelay } from '../webrtc/relay.ts';
import { createInbox } from './inbox.ts';
import type { Session } from './session.ts';

/** Messages of one session that may wait: a whole burst, as when a large snapshot meets a slow bus. */
const maxWaiting = 3 * maxMessagesPerSecond;

interface Deps {
	readonly clock: Clock;
	readonly dispatch: Dispatch;
	readonly relay: WebRtcRelay;
}

export function createReceiver(session: Session, deps: Deps): PeerStreamReceiver {
	return new SessionReceiver(session, deps);
}

class SessionReceiver implements PeerStreamReceiver {
	readonly #session: Session;
	readonly #deps: Deps;
	readonly #inbox = createInbox(maxWaiting);

	constructor(session: Session, deps: Deps) {
		this.#session = session;
		this.#deps = deps;
	}

	async receive(message: PeerMessage): Promise<void> {
		const { clock, dispatch } = this.#deps;
		if (overrun(this.#session, clock) !== undefined) return;
		const handled = this.#inbox.put(() => dispatch(this.#session, message));
		if (handled === undefined) {
			this.#session.refuse(new GiggityflixError('resource-exhausted', 'too many messages wait'));
		}
		await handled;
	}

	receiveMalformed(error: GiggityflixError): void {
		this.#session.refuse(error);
	}

	receiveWebRtc(message: PeerWebRTCMessage): WebRtcAnswer {
		const { clock, relay } = this.#deps;
		const error = overrun(this.#session, clock);
		if (error !== undefined) return webRtcFailure(error);
		const state = this.#session.state();
		if (state.kind === 'admitted') return relay.relay(state.peer.peerId, message);
		const early = new GiggityflixError('invalid-argument', 'a WebRTC step before the welcome');
		this.#session.refuse(early);
		return webRtcFailure(early);
	}

	closed(): void {
		this.#session.gone();
	}
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
