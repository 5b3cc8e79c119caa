// Reads the three ids that name a session on the wire, and writes them. The only place that lets them in.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../proto/errors.ts';
import { PeerLeaseSchema, type PeerLease } from '../proto/gen/giggityflix/v1/tracker_pb.js';
import { parseEdgeId, parsePeerId, type SessionId } from '../proto/ids.ts';
import type { Lease } from './store/lease-store.ts';

/** Edges make session ids as they like; the bound keeps them from costing memory. */
const maxSessionIdLength = 64;

/** Throws `invalid-argument` for ids that are none, or no lease at all. */
export function readLease(
	message: { peerId: string; edgeId: string; sessionId: string } | undefined,
): Lease {
	if (!message) throw new GiggityflixError('invalid-argument', 'no lease is named');
	const { sessionId } = message;
	if (sessionId === '' || sessionId.length > maxSessionIdLength) {
		throw new GiggityflixError('invalid-argument', 'malformed session id');
	}
	return {
		peerId: parsePeerId(message.peerId),
		edgeId: parseEdgeId(message.edgeId),
		sessionId: sessionId as SessionId,
	};
}

export function writeLease({ peerId, edgeId, sessionId }: Lease): PeerLease {
	return create(PeerLeaseSchema, { peerId, edgeId, sessionId });
}
