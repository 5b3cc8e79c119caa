// How a peer proves who it is: the exact bytes that are signed, and their verification. Signatures are
// BIP-340 Schnorr over SHA-256 of a text that starts with its own domain, so that a signature made for
// one purpose is worthless for another. Knows nothing of where keys are kept.
import { schnorr } from '@noble/curves/secp256k1.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { GiggityflixError } from './errors.ts';
import { derivePeerId, isDerivedPeerId, type PeerId, type WebRtcSessionId } from './ids.ts';

/** What a peer signs with. `peer/identity` makes one from a BIP-39 phrase. */
export interface Signer {
	/** Compressed secp256k1 public key, 33 bytes. */
	readonly publicKey: Uint8Array;
	/** BIP-340 signature over a 32-byte digest, 64 bytes. */
	sign(digest: Uint8Array): Uint8Array;
}

/** What is signed in `Hello`: the edge's nonce, bound to that edge and to the claimed peer id. */
export function helloDigest(nonce: Uint8Array, edgeId: string, peerId: string): Uint8Array {
	return digest('hello', [toHex(nonce), edgeId, peerId]);
}

/**
 * What is signed in `SignedDescription`: the DTLS fingerprints of the SDP, bound to the negotiation, its
 * two ends and the direction.
 */
export function descriptionDigest(description: {
	sdp: string;
	kind: 'offer' | 'answer';
	webRtcSessionId: WebRtcSessionId;
	fromPeerId: PeerId;
	toPeerId: PeerId;
}): Uint8Array {
	const { sdp, kind, webRtcSessionId, fromPeerId, toPeerId } = description;
	return digest('webrtc', [kind, webRtcSessionId, fromPeerId, toPeerId, ...fingerprintsOf(sdp)]);
}

/** Throws `unauthenticated` unless `signature` was made over `signedDigest` with the key. */
export function verifySignature(
	signature: Uint8Array,
	signedDigest: Uint8Array,
	publicKey: Uint8Array,
): void {
	if (
		publicKey.length === 33 &&
		signature.length === 64 &&
		isValid(signature, signedDigest, publicKey)
	)
		return;
	throw new GiggityflixError('unauthenticated', 'the signature does not match the key');
}

/** Throws `unauthenticated` when a derived peer id belongs to another key. A chosen id passes: the tracker binds it. */
export function verifyPeerIdOfKey(peerId: PeerId, publicKey: Uint8Array): void {
	if (isDerivedPeerId(peerId) && derivePeerId(publicKey) !== peerId) {
		throw new GiggityflixError('unauthenticated', 'the peer id belongs to another key');
	}
}

/** Every `a=fingerprint` of an SDP (RFC 8122 §5) in order of first appearance; at least one, else `invalid-argument`. */
function fingerprintsOf(sdp: string): string[] {
	const found = new Set(
		[...sdp.matchAll(/^a=fingerprint:(\S+ \S+)\s*$/gm)].map((match) =>
			(match[1] ?? '').toLowerCase(),
		),
	);
	if (found.size === 0)
		throw new GiggityflixError('invalid-argument', 'the description has no fingerprint');
	return [...found];
}

function isValid(signature: Uint8Array, signedDigest: Uint8Array, publicKey: Uint8Array): boolean {
	try {
		// BIP-340 keys are the x coordinate alone: the compressed key without its first byte.
		return schnorr.verify(signature, signedDigest, publicKey.subarray(1));
	} catch {
		// The library throws on a key that is not on the curve; to a verifier that is just "no".
		return false;
	}
}

function digest(domain: string, parts: readonly string[]): Uint8Array {
	return sha256(new TextEncoder().encode(['giggityflix', domain, 'v1', ...parts].join('\n')));
}

function toHex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
