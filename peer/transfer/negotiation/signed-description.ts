// Session descriptions that carry the sender's signature over their DTLS fingerprints, so that an edge
// that swaps fingerprints to listen in is noticed. The signed bytes are proto/identity.ts's.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../../proto/errors.ts';
import {
	SignedDescriptionSchema,
	type SignedDescription,
} from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import {
	descriptionDigest,
	verifyPeerIdOfKey,
	verifySignature,
	type Signer,
} from '../../../proto/identity.ts';
import type { PeerId, WebRtcSessionId } from '../../../proto/ids.ts';
import { maxSdpBytes } from '../../../proto/limits.ts';

/** What a description is bound to besides its text. */
export interface DescriptionContext {
	readonly kind: 'offer' | 'answer';
	readonly webRtcSessionId: WebRtcSessionId;
	readonly fromPeerId: PeerId;
	readonly toPeerId: PeerId;
}

export function signDescription(
	sdp: string,
	context: DescriptionContext,
	signer: Signer,
): SignedDescription {
	const signature = signer.sign(descriptionDigest({ sdp, ...context }));
	return create(SignedDescriptionSchema, { sdp, publicKey: signer.publicKey, signature });
}

/** Throws `unauthenticated` when it is not what that peer said, or the peer has not the expected key. */
export function verifyDescription(
	description: SignedDescription,
	context: DescriptionContext,
	expectedKey: Uint8Array | undefined,
): void {
	const { sdp, publicKey, signature } = description;
	if (sdp.length > maxSdpBytes) {
		throw new GiggityflixError('invalid-argument', 'a description is too long');
	}
	verifyPeerIdOfKey(context.fromPeerId, publicKey);
	if (expectedKey !== undefined && !isSameKey(expectedKey, publicKey)) {
		throw new GiggityflixError('unauthenticated', 'the peer has another key than the link says');
	}
	verifySignature(signature, descriptionDigest({ sdp, ...context }), publicKey);
}

export function isSameKey(one: Uint8Array, other: Uint8Array): boolean {
	return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
