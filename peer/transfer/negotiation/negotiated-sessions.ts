// The sessions of one negotiation, with what both sides of them need. Remembers for a while those that have ended. Does
// not know what is signalled.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { Signer } from '../../../proto/identity.ts';
import type { PeerId, WebRtcSessionId } from '../../../proto/ids.ts';
import type { Clock, Logger, PeerLinks, RandomBytes } from '../../ports.ts';
import type { BoundedMap } from '../bounded-map.ts';
import type { EarlyCandidates } from './early-candidates.ts';
import type { OfferedEnds } from './offered-ends.ts';
import { bufferLowBytes } from '../serving/range-sender.ts';
import type { Signalling } from '../transfers.ts';
import {
	createWebRtcSession,
	type WebRtcSession,
	type WebRtcSessionOptions,
} from './webrtc-session.ts';

export interface NegotiationOptions extends OfferedEnds {
	readonly links: PeerLinks;
	readonly signalling: Signalling;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
}

/** A session with what only the side that offered needs. */
export interface Entry {
	readonly session: WebRtcSession;
	readonly expectedKey: Uint8Array | undefined;
	publicKey: Uint8Array | undefined;
}

export interface NegotiatedSessions {
	readonly options: NegotiationOptions;
	readonly entries: Map<WebRtcSessionId, Entry>;
	readonly ended: BoundedMap<WebRtcSessionId, true>;
	readonly earlyCandidates: EarlyCandidates;
	isStopped: boolean;
}

/** Its link is made at once; it leaves by itself when it ends. */
export function addSession(
	state: NegotiatedSessions,
	session: Pick<
		WebRtcSessionOptions,
		'webRtcSessionId' | 'remotePeerId' | 'localPeerId' | 'role' | 'infoHash' | 'createEnd' | 'onEnd'
	> & { expectedKey: Uint8Array | undefined },
): Entry {
	const { links, signalling, clock } = state.options;
	const { webRtcSessionId, expectedKey, onEnd } = session;
	const entry: Entry = {
		session: createWebRtcSession({
			...session,
			...{ links, signalling, clock, bufferLowBytes },
			onEnd(error) {
				state.entries.delete(webRtcSessionId);
				state.ended.set(webRtcSessionId, true);
				onEnd(error);
			},
		}),
		expectedKey,
		publicKey: undefined,
	};
	state.entries.set(webRtcSessionId, entry);
	return entry;
}

/** Throws `unavailable` when this peer is nobody yet, or stops. */
export function identityOf(state: NegotiatedSessions): { peerId: PeerId; signer: Signer } {
	const identity = state.options.signalling.identity();
	if (identity !== undefined && !state.isStopped) return identity;
	throw new GiggityflixError('unavailable', 'this peer cannot negotiate now');
}
