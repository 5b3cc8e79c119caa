// The side of a negotiation that answers: believes an offer by its signature, once, and tells the other side when it is
// not wanted.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../../proto/errors.ts';
import {
	PeerWebRTCMessageSchema,
	type SignedDescription,
} from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Signer } from '../../../proto/identity.ts';
import type { PeerId, WebRtcSessionId } from '../../../proto/ids.ts';
import { addSession, identityOf, type NegotiatedSessions } from './negotiated-sessions.ts';
import { endOfOffer } from './offered-ends.ts';
import { signDescription, verifyDescription } from './signed-description.ts';
import type { WebRtcSession } from './webrtc-session.ts';

/** Throws what is wrong with the offer. One that is right and not wanted is refused, and that is no fault of anybody. */
export async function takeOffer(
	state: NegotiatedSessions,
	webRtcSessionId: WebRtcSessionId,
	remotePeerId: PeerId,
	offer: SignedDescription,
	infoHash: Uint8Array,
): Promise<void> {
	if (state.entries.has(webRtcSessionId) || state.ended.has(webRtcSessionId)) {
		throw new GiggityflixError('already-exists', 'a replayed offer');
	}
	const identity = identityOf(state);
	const ends = { webRtcSessionId, fromPeerId: remotePeerId, toPeerId: identity.peerId };
	verifyDescription(offer, { kind: 'offer', ...ends }, undefined);
	const createEnd = endOfOffer(
		state.options,
		[...state.entries.values()].map(({ session }) => session),
		{ webRtcSessionId, remotePeerId, infoHash },
	);
	if (createEnd instanceof GiggityflixError) {
		const { code, message: reason } = createEnd;
		state.options.logger.info('an offer was refused', { fromPeerId: remotePeerId, code, reason });
		return sayBye(state, webRtcSessionId, remotePeerId, createEnd);
	}
	const { session } = addSession(state, {
		webRtcSessionId,
		remotePeerId,
		localPeerId: identity.peerId,
		role: 'owner',
		expectedKey: undefined,
		createEnd,
		onEnd: () => undefined,
	});
	try {
		await answerOffer(state, session, offer.sdp, identity.signer);
	} catch (caught) {
		const error = GiggityflixError.from(caught);
		session.end(error);
		await sayBye(state, webRtcSessionId, remotePeerId, error);
		throw error;
	}
}

async function answerOffer(
	state: NegotiatedSessions,
	session: WebRtcSession,
	offerSdp: string,
	signer: Signer,
): Promise<void> {
	const { webRtcSessionId, localPeerId, remotePeerId, link } = session;
	await session.accept(offerSdp, 'offer');
	for (const candidate of state.earlyCandidates.take(webRtcSessionId, remotePeerId)) {
		await session.takeCandidate(candidate);
	}
	const sdp = await link.describe();
	const context = {
		kind: 'answer',
		webRtcSessionId,
		fromPeerId: localPeerId,
		toPeerId: remotePeerId,
	} as const;
	await session.sendDescription({ case: 'answer', value: signDescription(sdp, context, signer) });
}

async function sayBye(
	state: NegotiatedSessions,
	webRtcSessionId: WebRtcSessionId,
	toPeerId: PeerId,
	error: GiggityflixError,
): Promise<void> {
	state.ended.set(webRtcSessionId, true);
	const step = { case: 'bye', value: error.toFailure() } as const;
	await state.options.signalling.send(
		create(PeerWebRTCMessageSchema, { webrtcSessionId: webRtcSessionId, toPeerId, step }),
	);
}
