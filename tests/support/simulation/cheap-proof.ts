// Stands for proofs of keys where thousands are made and checked: bound to what is signed as a real one is, though not to
// a key. Tests put it in the place of the real check.
import { GiggityflixError } from '../../../proto/errors.ts';

export function cheapSignature(digest: Uint8Array): Uint8Array {
	const signature = new Uint8Array(64);
	signature.set(digest);
	signature.set(digest, 32);
	return signature;
}

/** As `verifySignature` of proto/identity.ts. */
export function verifyCheapSignature(signature: Uint8Array, digest: Uint8Array): void {
	if (cheapSignature(digest).every((byte, at) => byte === signature[at])) return;
	throw new GiggityflixError('unauthenticated', 'the signature does not match');
}
