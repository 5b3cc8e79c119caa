// What a signature is good for: one purpose, one edge, one negotiation. Peers of different versions meet, so what is
// signed stays what it was.
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import { describe, expect, it } from 'vitest';
import {
	descriptionDigest,
	helloDigest,
	verifyPeerIdOfKey,
	verifySignature,
} from '../../../proto/identity.ts';
import { derivePeerId, parsePeerId, parseWebRtcSessionId } from '../../../proto/ids.ts';

const secretKey = new Uint8Array(32).fill(1);
const publicKey = secp256k1.getPublicKey(secretKey);
const otherKey = secp256k1.getPublicKey(new Uint8Array(32).fill(2));
const nonce = new Uint8Array(32).fill(7);
const refused = expect.objectContaining({ code: 'unauthenticated' }) as unknown as Error;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const description = {
	sdp: 'v=0\r\na=fingerprint:sha-256 AA:BB\r\na=ice-ufrag:x\r\n',
	kind: 'offer',
	webRtcSessionId: parseWebRtcSessionId('a'.repeat(26)),
	fromPeerId: parsePeerId('anna'),
	toPeerId: parsePeerId('ben'),
} as const;

describe('what is signed', () => {
	it('stays what it was', () => {
		expect(hex(helloDigest(nonce, 'edge', 'anna'))).toBe(
			'0e69861945e99235df25f0cce5ba8e1cbfa35b7f89163c98ff68fe3929eac0e6',
		);
		expect(hex(descriptionDigest(description))).toBe(
			'a8275521fd6c9a41c0ba296a80388c52b29ad4a57c1b70c7536a7e88cb18be1c',
		);
	});

	it('is another for every edge, peer and challenge', () => {
		const digests = [
			helloDigest(nonce, 'edge', 'anna'),
			helloDigest(nonce, 'edge', 'ben'),
			helloDigest(nonce, 'other', 'anna'),
			helloDigest(new Uint8Array(32), 'edge', 'anna'),
		].map(hex);
		expect(new Set(digests).size).toBe(digests.length);
	});

	it('is another for every negotiation, direction and fingerprint, and not for the rest of the SDP', () => {
		const changed = [
			{ ...description, kind: 'answer' as const },
			{ ...description, webRtcSessionId: parseWebRtcSessionId('b'.repeat(26)) },
			{ ...description, fromPeerId: parsePeerId('carl') },
			{ ...description, toPeerId: parsePeerId('carl') },
			{ ...description, sdp: description.sdp.replace('AA:BB', 'AA:BC') },
			{ ...description, sdp: `${description.sdp}a=fingerprint:sha-256 CC:DD\r\n` },
		];
		const digests = [description, ...changed].map((each) => hex(descriptionDigest(each)));
		expect(new Set(digests).size).toBe(digests.length);
		const rewritten = description.sdp.replace('AA:BB', 'aa:bb').replace('ufrag:x', 'ufrag:y');
		expect(hex(descriptionDigest({ ...description, sdp: rewritten }))).toBe(digests[0]);
	});

	it('has a fingerprint, or there is nothing to sign', () => {
		expect(() => descriptionDigest({ ...description, sdp: 'v=0\r\n' })).toThrow(
			expect.objectContaining({ code: 'invalid-argument' }),
		);
	});
});

describe('a signature', () => {
	const digest = helloDigest(nonce, 'edge', 'anna');
	const signature = schnorr.sign(digest, secretKey);

	it('is taken from its key', () => {
		expect(() => verifySignature(signature, digest, publicKey)).not.toThrow();
	});

	it.each([
		['another key', signature, digest, otherKey],
		['another text', signature, helloDigest(nonce, 'edge', 'ben'), publicKey],
		['one bit', signature.map((byte, index) => (index === 9 ? byte ^ 1 : byte)), digest, publicKey],
		['half of it', signature.subarray(0, 32), digest, publicKey],
		['no key', signature, digest, new Uint8Array()],
		['a key off the curve', signature, digest, new Uint8Array(33).fill(255)],
	])('is refused with %s', (_, bytes, text, key) => {
		expect(() => verifySignature(bytes, text, key)).toThrow(refused);
	});
});

describe('a peer id', () => {
	it('that is derived belongs to its key alone', () => {
		expect(() => verifyPeerIdOfKey(derivePeerId(publicKey), publicKey)).not.toThrow();
		expect(() => verifyPeerIdOfKey(derivePeerId(publicKey), otherKey)).toThrow(refused);
	});

	it('that is chosen is for the tracker to judge', () => {
		expect(() => verifyPeerIdOfKey(parsePeerId('nas'), otherKey)).not.toThrow();
	});
});
