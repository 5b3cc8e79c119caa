// Candidates of negotiations whose offer has not arrived: the edge hands signals over one by one, and a
// candidate may overtake. Bounded in every direction, because anybody can send them.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { IceCandidate } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerId, WebRtcSessionId } from '../../../proto/ids.ts';
import { maxCandidateBytes } from '../../../proto/limits.ts';
import { createBoundedMap } from '../bounded-map.ts';

/** A machine with many addresses has about twenty. */
export const maxCandidatesPerSession = 64;
/** This many offers may be overtaken at once. */
const maxNegotiations = 32;

export interface EarlyCandidates {
	/** Throws `invalid-argument` or `resource-exhausted`. */
	keep(webRtcSessionId: WebRtcSessionId, from: PeerId, candidate: IceCandidate): void;
	/** What that peer sent for that negotiation, once. */
	take(webRtcSessionId: WebRtcSessionId, from: PeerId): readonly IceCandidate[];
}

export function createEarlyCandidates(): EarlyCandidates {
	const kept = createBoundedMap<
		WebRtcSessionId,
		{ readonly from: PeerId; readonly candidates: IceCandidate[] }
	>(maxNegotiations);
	return {
		keep(webRtcSessionId, from, candidate) {
			checkCandidate(candidate);
			const before = kept.get(webRtcSessionId);
			if (before === undefined) {
				kept.set(webRtcSessionId, { from, candidates: [candidate] });
			} else if (before.from === from && before.candidates.length < maxCandidatesPerSession) {
				before.candidates.push(candidate);
			} else {
				throw new GiggityflixError('resource-exhausted', 'too many candidates before an offer');
			}
		},
		take(webRtcSessionId, from) {
			const found = kept.get(webRtcSessionId);
			kept.delete(webRtcSessionId);
			return found?.from === from ? found.candidates : [];
		},
	};
}

/** Throws `invalid-argument` when it is too long to be one. */
export function checkCandidate({ candidate, sdpMid }: IceCandidate): void {
	if (candidate.length + sdpMid.length <= maxCandidateBytes) return;
	throw new GiggityflixError('invalid-argument', 'a candidate is too long');
}
