// Hands one step of a WebRTC negotiation to the other peer. The edge says who it is from and checks forms
// and sizes; what the step says, and whether its signature holds, is between the two peers.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	EdgeWebRTCMessageSchema,
	WebRtcSignalSchema,
	type EdgeWebRTCMessage,
	type PeerWebRTCMessage,
	type SignedDescription,
	type WebRtcSignal,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parsePeerId, parseWebRtcSessionId, type PeerId } from '../../proto/ids.ts';
import { maxCandidateBytes, maxSdpBytes } from '../../proto/limits.ts';
import type { Logger, WebRtcAnswer } from '../ports.ts';
import type { Delivery, PeerRouter } from './peer-router.ts';

/** Characters of a media stream id; Chromium's are one or two digits. */
const maxSdpMidLength = 64;
const maxByeLength = 500;

export interface WebRtcRelay {
	/** The answer for the sender: empty when the step is on the other peer's stream. Never throws. */
	relay(fromPeerId: PeerId, message: PeerWebRTCMessage): WebRtcAnswer;
}

export function createWebRtcRelay(deps: { router: PeerRouter; logger: Logger }): WebRtcRelay {
	const { router, logger } = deps;

	function failed(fromPeerId: PeerId, caught: unknown): EdgeWebRTCMessage {
		const error = GiggityflixError.from(caught);
		if (error.code === 'internal') {
			logger.error('a WebRTC step could not be relayed', { fromPeerId, error: caught });
		}
		return webRtcFailure(error);
	}

	return {
		relay: (fromPeerId, message) => {
			try {
				const toPeerId = parsePeerId(message.toPeerId);
				const delivery = router.deliver(toPeerId, signalOf(fromPeerId, toPeerId, message));
				if (!(delivery instanceof Promise)) return answers[delivery]();
				return delivery.then(
					(told) => answers[told](),
					(caught: unknown) => failed(fromPeerId, caught),
				);
			} catch (caught) {
				return failed(fromPeerId, caught);
			}
		},
	};
}

/** The answer to a step that was not handed on. */
export function webRtcFailure(error: GiggityflixError): EdgeWebRTCMessage {
	return create(EdgeWebRTCMessageSchema, { failure: error.toFailure() });
}

const answers: Record<Delivery, () => EdgeWebRTCMessage> = {
	delivered: () => create(EdgeWebRTCMessageSchema),
	absent: () =>
		webRtcFailure(new GiggityflixError('unavailable', 'the other peer is not connected')),
	congested: () =>
		webRtcFailure(new GiggityflixError('resource-exhausted', 'the other peer is too far behind')),
};

/** What the other peer is told. Throws `invalid-argument`. */
function signalOf(fromPeerId: PeerId, toPeerId: PeerId, message: PeerWebRTCMessage): WebRtcSignal {
	const webrtcSessionId = parseWebRtcSessionId(message.webrtcSessionId);
	if (toPeerId === fromPeerId) throw invalid('a peer cannot negotiate with itself');
	const step = checkStep(message.step);
	const { infoHash } = message;
	if (infoHash.length !== 0 && infoHash.length !== 20) throw invalid('malformed info hash');
	return create(WebRtcSignalSchema, { webrtcSessionId, fromPeerId, step, infoHash });
}

/** Exactly one step, each field within its size. */
function checkStep(step: PeerWebRTCMessage['step']): PeerWebRTCMessage['step'] {
	switch (step.case) {
		case 'offer':
		case 'answer':
			checkDescription(step.value);
			return step;
		case 'candidate':
			checkSize(step.value.candidate, maxCandidateBytes, 'candidate');
			checkSize(step.value.sdpMid, maxSdpMidLength, 'media stream id');
			return step;
		case 'bye':
			checkSize(step.value.message, maxByeLength, 'reason');
			return step;
		case undefined:
			throw invalid('a negotiation step is missing');
	}
}

function checkDescription({ sdp, publicKey, signature }: SignedDescription): void {
	if (sdp === '') throw invalid('the description is empty');
	checkSize(sdp, maxSdpBytes, 'description');
	if (publicKey.length !== 33) throw invalid('malformed public key');
	if (signature.length !== 64) throw invalid('malformed signature');
}

function checkSize(text: string, maxBytes: number, what: string): void {
	if (Buffer.byteLength(text) > maxBytes) throw invalid(`${what} is larger than ${maxBytes} bytes`);
}

function invalid(message: string): GiggityflixError {
	return new GiggityflixError('invalid-argument', message);
}
