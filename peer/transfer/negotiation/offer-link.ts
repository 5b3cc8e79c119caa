// The side of a negotiation that offers: sends a signed description and believes one answer, by the key it expects.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { SignedDescription } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { randomId, type PeerId, type WebRtcSessionId } from '../../../proto/ids.ts';
import type { PeerLink } from '../../ports.ts';
import type { InfoHash } from '../../torrent/info-hash.ts';
import type { LinkEnd } from './link-end.ts';
import {
	addSession,
	identityOf,
	type Entry,
	type NegotiatedSessions,
} from './negotiated-sessions.ts';
import { createDeferred } from '../settling.ts';
import { signDescription, verifyDescription } from './signed-description.ts';

export interface ConnectRequest<End extends LinkEnd> {
	readonly remotePeerId: PeerId;
	/** When given, a peer with another key is refused. */
	readonly ownerPublicKey: Uint8Array | undefined;
	/** The swarm the link is for; absent for a direct one. */
	readonly infoHash?: InfoHash;
	/** Called when the link opens, before its first message. `close` ends the session. */
	readonly createEnd: (link: PeerLink, close: () => void, id: WebRtcSessionId) => End;
}

/** As `Negotiation.connect`. */
export async function offerLink<End extends LinkEnd>(
	state: NegotiatedSessions,
	request: ConnectRequest<End>,
): Promise<{ end: End; publicKey: Uint8Array }> {
	const identity = identityOf(state);
	const webRtcSessionId = randomId<WebRtcSessionId>(state.options.randomBytes);
	const opened = createDeferred<End>();
	const entry = addSession(state, {
		webRtcSessionId,
		remotePeerId: request.remotePeerId,
		localPeerId: identity.peerId,
		role: 'viewer',
		infoHash: request.infoHash,
		expectedKey: request.ownerPublicKey,
		createEnd(link, close) {
			const end = request.createEnd(link, close, webRtcSessionId);
			opened.resolve(end);
			return end;
		},
		onEnd: opened.reject,
	});
	const { session } = entry;
	// Awaited below, when the offer is on its way.
	opened.promise.catch(() => undefined);
	try {
		const sdp = await session.link.describe();
		const context = {
			kind: 'offer',
			webRtcSessionId,
			fromPeerId: identity.peerId,
			toPeerId: request.remotePeerId,
		} as const;
		const value = signDescription(sdp, context, identity.signer);
		await session.sendDescription({ case: 'offer', value });
	} catch (error) {
		session.end(GiggityflixError.from(error));
	}
	const end = await opened.promise;
	if (entry.publicKey === undefined) {
		throw new GiggityflixError('internal', 'a link opened without an answer');
	}
	return { end, publicKey: entry.publicKey };
}

/** Throws what is wrong with the answer; the session has ended then, unless nobody waited for one. */
export async function takeAnswer(entry: Entry, answer: SignedDescription): Promise<void> {
	const { session, expectedKey } = entry;
	if (session.role !== 'viewer' || entry.publicKey !== undefined) {
		throw new GiggityflixError('invalid-argument', 'an answer nobody waits for');
	}
	const context = {
		kind: 'answer',
		webRtcSessionId: session.webRtcSessionId,
		fromPeerId: session.remotePeerId,
		toPeerId: session.localPeerId,
	} as const;
	try {
		verifyDescription(answer, context, expectedKey);
		entry.publicKey = answer.publicKey;
		await session.accept(answer.sdp, 'answer');
	} catch (error) {
		// Whoever can forge an answer can also withhold the true one: there is nothing to wait for.
		session.end(GiggityflixError.from(error));
		throw error;
	}
}
