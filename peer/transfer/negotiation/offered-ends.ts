// What is to work on a link that another peer offers: our end for a viewer, or for a member of a swarm we are in; or
// why the offer is refused. Knows no signals.
import { bytesToHex } from '@noble/hashes/utils.js';
import { GiggityflixError } from '../../../proto/errors.ts';
import type { PeerId } from '../../../proto/ids.ts';
import type { PeerLink } from '../../ports.ts';
import type { CreateMemberEnd, MemberName } from '../../swarm/member-link.ts';
import type { InfoHash } from '../../torrent/info-hash.ts';
import type { LinkEnd } from './link-end.ts';
import type { WebRtcSession } from './webrtc-session.ts';

/** A browser stops at 500 connections, and a household's uplink long before. */
const maxServingSessions = 64;
/** Tabs and films one viewer may have; one link serves all films of a tab. */
const maxServingSessionsPerRemote = 8;
export interface OfferedEnds {
	/** A viewer's link has opened; makes the owner's end of it. `close` ends the session. */
	readonly createServingEnd: (link: PeerLink, remotePeerId: PeerId, close: () => void) => LinkEnd;
	/** Makes our end of a link that another member of a swarm offers; `undefined` when it is not wanted there. */
	readonly swarmEnds: (infoHash: InfoHash, remotePeerId: PeerId) => CreateMemberEnd | undefined;
}

/** `infoHash` is empty for a direct link. Returns the refusal when it is not wanted. */
export function endOfOffer(
	ends: OfferedEnds,
	sessions: readonly Pick<WebRtcSession, 'role' | 'remotePeerId'>[],
	{ infoHash, ...member }: MemberName & { readonly infoHash: Uint8Array },
): ((link: PeerLink, close: () => void) => LinkEnd) | GiggityflixError {
	const { remotePeerId } = member;
	if (isFull(sessions, remotePeerId)) {
		return new GiggityflixError('resource-exhausted', 'too many viewers');
	}
	if (infoHash.length === 0) {
		return (link, close) => ends.createServingEnd(link, remotePeerId, close);
	}
	const createMemberEnd = ends.swarmEnds(bytesToHex(infoHash) as InfoHash, remotePeerId);
	if (createMemberEnd) return (link, close) => createMemberEnd(link, member, close);
	return new GiggityflixError('not-found', 'this peer is not in that swarm');
}

function isFull(
	sessions: readonly Pick<WebRtcSession, 'role' | 'remotePeerId'>[],
	remotePeerId: PeerId,
): boolean {
	const serving = sessions.filter((session) => session.role === 'owner');
	const ofRemote = serving.filter((session) => session.remotePeerId === remotePeerId);
	return serving.length >= maxServingSessions || ofRemote.length >= maxServingSessionsPerRemote;
}
