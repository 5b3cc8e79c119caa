// Comparing and making the secrets callers show: session tokens and the operator's token.
import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether two secrets are the same, in a time that tells nothing of where or how they differ. */
export function isSameSecret(shown: string, expected: string): boolean {
	// Hashing first gives both sides one length, which timingSafeEqual insists on.
	return timingSafeEqual(sha256(shown), sha256(expected));
}

/** 256 random bits as text that fits in a header. */
export function randomSecret(randomBytes: (target: Uint8Array) => void): string {
	const bytes = new Uint8Array(32);
	randomBytes(bytes);
	return Buffer.from(bytes).toString('base64url');
}

function sha256(text: string): Uint8Array {
	return createHash('sha256').update(text).digest();
}
