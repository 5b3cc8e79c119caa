// Finds the session of each signal and decides whether to believe it. The rule: signalling is not
// trusted. A description counts only with its sender's signature; what is unknown, replayed, malformed or
// too much is dropped with a log line and harms no other session. An open link needs no signalling, so
// the edge may come and go. Knows nothing of files.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { WebRtcSignal } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import {
	parsePeerId,
	parseWebRtcSessionId,
	type PeerId,
	type WebRtcSessionId,
} from '../../../proto/ids.ts';
import { takeOffer } from './answer-offer.ts';
import { createBoundedMap } from '../bounded-map.ts';
import { createEarlyCandidates } from './early-candidates.ts';
import type { LinkEnd } from './link-end.ts';
import type { NegotiatedSessions, NegotiationOptions } from './negotiated-sessions.ts';
import { offerLink, takeAnswer, type ConnectRequest } from './offer-link.ts';

/** Ended sessions remembered, so that a replayed or late signal is known as one. */
const rememberedSessions = 1000;

export interface Negotiation {
	/**
	 * Offers a link to an owner and resolves when it is open. Throws `unavailable` when the peer cannot be reached,
	 * `timed-out` without a route, `unauthenticated` when the answer is not by the owner's key, or the owner's refusal.
	 */
	connect<End extends LinkEnd>(
		request: ConnectRequest<End>,
	): Promise<{ end: End; publicKey: Uint8Array }>;
	/** Never rejects. */
	handleSignal(signal: WebRtcSignal): Promise<void>;
	knows(webRtcSessionId: string): boolean;
	stop(): void;
}

export function createNegotiation(options: NegotiationOptions): Negotiation {
	const state: NegotiatedSessions = {
		options,
		entries: new Map(),
		ended: createBoundedMap(rememberedSessions),
		earlyCandidates: createEarlyCandidates(),
		isStopped: false,
	};
	return {
		connect: (request) => offerLink(state, request),
		handleSignal: (signal) => handleSignal(state, signal),
		knows: (id) =>
			state.entries.has(id as WebRtcSessionId) || state.ended.has(id as WebRtcSessionId),
		stop() {
			state.isStopped = true;
			const error = new GiggityflixError('cancelled', 'this peer stops');
			for (const { session } of [...state.entries.values()]) session.end(error);
		},
	};
}

async function handleSignal(state: NegotiatedSessions, signal: WebRtcSignal): Promise<void> {
	try {
		if (state.isStopped) return;
		await takeStep(
			state,
			parseWebRtcSessionId(signal.webrtcSessionId),
			parsePeerId(signal.fromPeerId),
			signal,
		);
	} catch (caught) {
		const { code, message } = GiggityflixError.from(caught);
		state.options.logger.warn('a signal was dropped', {
			step: signal.step.case,
			fromPeerId: signal.fromPeerId.slice(0, 64),
			code,
			reason: message,
		});
	}
}

async function takeStep(
	state: NegotiatedSessions,
	webRtcSessionId: WebRtcSessionId,
	from: PeerId,
	{ step, infoHash }: Pick<WebRtcSignal, 'step' | 'infoHash'>,
): Promise<void> {
	if (step.case === 'offer') {
		return takeOffer(state, webRtcSessionId, from, step.value, infoHash);
	}
	const entry = state.entries.get(webRtcSessionId);
	if (entry === undefined) {
		// What comes after the end is late, not wrong.
		if (state.ended.has(webRtcSessionId)) return;
		if (step.case !== 'candidate') throw unknownSession();
		state.earlyCandidates.keep(webRtcSessionId, from, step.value);
		return;
	}
	const { session } = entry;
	if (session.remotePeerId !== from) throw unknownSession();
	switch (step.case) {
		case 'answer':
			return takeAnswer(entry, step.value);
		case 'candidate':
			return session.takeCandidate(step.value);
		case 'bye':
			// An open link says itself when it closes; a "bye" then could be the edge's invention.
			if (session.phase === 'negotiating') session.end(GiggityflixError.fromFailure(step.value));
			return;
		case undefined:
			throw new GiggityflixError('invalid-argument', 'a signal without a step');
	}
}

function unknownSession(): GiggityflixError {
	return new GiggityflixError('not-found', 'a signal of an unknown session');
}
