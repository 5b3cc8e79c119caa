// The way of WebRTC steps between this browser and the edge. One stream serves all tabs, so a step that
// comes in is offered to the negotiation's own tab before it goes to the one that leads.
import type {
	IceServer,
	PeerWebRTCMessage,
	WebRtcSignal,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { GiggityflixError } from '../../proto/errors.ts';
import type { EdgeSession } from './edge-session.ts';

export interface SignalRelay {
	/** Those of the last welcome; they outlive the session, because links are renegotiated without one. */
	iceServers(): readonly IceServer[];
	/** The same of the trackers swarms meet on besides the edge's own. */
	announceTrackers(): readonly string[];
	/** Throws `unavailable` while offline, and what the edge answers. */
	send(message: PeerWebRTCMessage): Promise<void>;
	/** A step has come in. */
	handle(signal: WebRtcSignal): Promise<void>;
	admitted(session: EdgeSession): void;
	/** Somebody who takes steps of other tabs; true when the step is theirs. */
	setTaker(taker: ((signal: WebRtcSignal) => boolean) | undefined): void;
}

export function createSignalRelay(deps: {
	session: () => EdgeSession | undefined;
	/** Where steps go that no other tab takes. */
	handle: (signal: WebRtcSignal) => Promise<void>;
}): SignalRelay {
	let iceServers: readonly IceServer[] = [];
	let announceTrackers: readonly string[] = [];
	let taker: ((signal: WebRtcSignal) => boolean) | undefined;
	return {
		iceServers: () => iceServers,
		announceTrackers: () => announceTrackers,
		async send(message) {
			const session = deps.session();
			if (!session) throw new GiggityflixError('unavailable', 'the edge cannot be reached');
			await session.sendWebRtc(message);
		},
		async handle(signal) {
			if (!taker?.(signal)) await deps.handle(signal);
		},
		admitted(session) {
			iceServers = session.iceServers;
			announceTrackers = session.announceTrackers;
		},
		setTaker(next) {
			taker = next;
		},
	};
}
