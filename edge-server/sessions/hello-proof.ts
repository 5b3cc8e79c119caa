// What a hello must be before anybody else is asked about it: a version both sides speak, an id that is
// well formed and agrees with the stream's metadata, and a proof of the key made for this challenge.
// Pure: the same for both doors.
import { GiggityflixError } from '../../proto/errors.ts';
import type { Hello } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { helloDigest, verifyPeerIdOfKey, verifySignature } from '../../proto/identity.ts';
import { parsePeerId, type EdgeId, type PeerId } from '../../proto/ids.ts';
import { maxDisplayNameLength, protocolVersion } from '../../proto/limits.ts';
import { plainText } from '../messages/plain-text.ts';

/** Versions this edge speaks; told in the challenge. */
export const protocolVersions = { min: protocolVersion, max: protocolVersion } as const;

export interface ProvenPeer {
	readonly peerId: PeerId;
	readonly publicKey: Uint8Array;
	readonly displayName: string;
}

/** The cheap half: version and names. Throws `unsupported` or `invalid-argument`. */
export function readHello(hello: Hello, claimedPeerId: string | undefined): ProvenPeer {
	const { min, max } = protocolVersions;
	if (hello.protocolVersion < min || hello.protocolVersion > max) {
		throw new GiggityflixError(
			'unsupported',
			`protocol version ${hello.protocolVersion}; this edge speaks ${min} to ${max}`,
		);
	}
	const peerId = parsePeerId(hello.peerId);
	if (claimedPeerId !== undefined && claimedPeerId !== peerId) {
		throw new GiggityflixError('invalid-argument', 'hello and metadata name different peers');
	}
	const displayName = plainText(hello.displayName, 'display name', maxDisplayNameLength);
	return { peerId, publicKey: hello.publicKey, displayName };
}

/** The costly half, about a millisecond: the proof. Throws `unauthenticated`. */
export function verifyHello(
	peer: ProvenPeer,
	challenge: { nonce: Uint8Array; edgeId: EdgeId; signature: Uint8Array },
): void {
	const { nonce, edgeId, signature } = challenge;
	verifyPeerIdOfKey(peer.peerId, peer.publicKey);
	verifySignature(signature, helloDigest(nonce, edgeId, peer.peerId), peer.publicKey);
}
