// What is said to be admitted at an edge, and what its answers mean: the hello to a challenge, the limits of a welcome, and
// whether a refusal leaves hope. Pure.
import { create } from '@bufbuild/protobuf';
import type { ErrorCode } from '../../proto/errors.ts';
import {
	LimitsSchema,
	type Challenge,
	type Limits,
	type Reject,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { helloDigest } from '../../proto/identity.ts';
import {
	maxFrameBytes,
	maxMessagesPerSecond,
	maxOffersPerPage,
	maxOffersPerPeer,
	maxPosterBytes,
	protocolVersion,
} from '../../proto/limits.ts';
import type { SigningIdentity } from '../identity/identity.ts';
import type { ReturnAdvice } from './reconnect-policy.ts';

export function speaksOurVersion(challenge: Challenge): boolean {
	return (
		challenge.minProtocolVersion <= protocolVersion &&
		protocolVersion <= challenge.maxProtocolVersion
	);
}

/** Signed for this edge and this moment. */
export function helloOf(
	challenge: Challenge,
	{ identity, displayName }: { readonly identity: SigningIdentity; readonly displayName: string },
) {
	const digest = helloDigest(challenge.nonce, challenge.edgeId, identity.peerId);
	return {
		peerId: identity.peerId,
		publicKey: identity.signer.publicKey,
		signature: identity.signer.sign(digest),
		protocolVersion,
		displayName,
	};
}

/** The edge's limits, ours where it names none, never more than ours. */
export function limitsOf(limits: Limits | undefined): Limits {
	const atMost = (theirs = 0, ours: number) => (theirs > 0 ? Math.min(theirs, ours) : ours);
	return create(LimitsSchema, {
		maxFrameBytes: atMost(limits?.maxFrameBytes, maxFrameBytes),
		maxOffersPerPage: atMost(limits?.maxOffersPerPage, maxOffersPerPage),
		maxOffers: atMost(limits?.maxOffers, maxOffersPerPeer),
		maxMessagesPerSecond: atMost(limits?.maxMessagesPerSecond, maxMessagesPerSecond),
		maxPosterBytes: atMost(limits?.maxPosterBytes, maxPosterBytes),
	});
}

/** What a peer that was refused does next. */
export function adviceOf(reject: Reject): ReturnAdvice {
	return reject.retryAfterMs > 0
		? { kind: 'retry-after', delayMs: reject.retryAfterMs }
		: { kind: 'hopeless' };
}

const refusalCodes: readonly ErrorCode[] = [
	'already-exists',
	'permission-denied',
	'unauthenticated',
	'unsupported',
	'resource-exhausted',
	'invalid-argument',
];

/** Whether an edge that closed with this code has refused, be it without a `reject` that arrived. */
export function isRefusalCode(code: ErrorCode): boolean {
	return refusalCodes.includes(code);
}
