import { describe, expect, it } from 'vitest';
import { helloDigest, verifySignature } from '../../../../proto/identity.ts';
import { parsePeerId } from '../../../../proto/ids.ts';
import {
	identityKeyPath,
	identityOfPhrase,
	newPhrase,
	parsePhrase,
} from '../../../../peer/identity/identity.ts';
import { createSeededRandom } from '../../../support/peer/seeded-random.ts';

const zeroPhrase = `${'abandon '.repeat(11)}about`;

describe('identityOfPhrase', () => {
	// Fixed for ever: a change here is a change of everybody's peer id.
	it.each([
		[
			zeroPhrase,
			'gfonwbixdbkb2rkt3plfpcshb5tvw2uagc',
			'02a2467352ed9a30f90c89deac9296f0b70b362d96ccb6d89e22d78a4e04899d5a',
		],
		[
			'legal winner thank year wave sausage worth useful legal winner thank yellow',
			'gfr4bkjazznwvhrfxwktruymp6hcka2i52',
			'03c2a08936f1d6cfc4c91123110fef4317cae6cb6ed50b1b73edfa44e2648f9eba',
		],
	])('gives the same peer for the same words: %s', (phrase, peerId, publicKey) => {
		const identity = identityOfPhrase(phrase);
		expect(identity.peerId).toBe(peerId);
		expect(Buffer.from(identity.signer.publicKey).toString('hex')).toBe(publicKey);
	});

	it('keeps its key path', () => {
		expect(identityKeyPath).toBe("m/26470'/0'/0'");
	});

	it('signs what others can verify', () => {
		const { signer, peerId } = identityOfPhrase(zeroPhrase);
		const digest = helloDigest(new Uint8Array(32), 'edge-a', peerId);
		expect(() => verifySignature(signer.sign(digest), digest, signer.publicKey)).not.toThrow();
		const other = helloDigest(new Uint8Array(32), 'edge-b', peerId);
		expect(() => verifySignature(signer.sign(digest), other, signer.publicKey)).toThrow();
	});

	it('names offers as on every other device, each place otherwise, and as nobody else', () => {
		const [one, again] = [identityOfPhrase(zeroPhrase), identityOfPhrase(zeroPhrase.toUpperCase())];
		const other = identityOfPhrase(newPhrase(createSeededRandom(1)));
		const place = 'Films\nAlien.mkv\n5';
		expect(one.nameOffer(place)).toBe('zqmoty7vwv5y4vgl7yf4zrlsii');
		expect(again.nameOffer(place)).toBe(one.nameOffer(place));
		expect(one.nameOffer('Films\nAlien.mkv\n6')).not.toBe(one.nameOffer(place));
		expect(other.nameOffer(place)).not.toBe(one.nameOffer(place));
	});

	it('takes a chosen name instead of the derived id', () => {
		expect(identityOfPhrase(zeroPhrase, parsePeerId('nas-1')).peerId).toBe('nas-1');
	});
});

describe('parsePhrase', () => {
	it('takes any spacing and case', () => {
		const typed = `  ABANDON\t${'abandon \n '.repeat(10)}  About `;
		expect(parsePhrase(typed)).toBe(zeroPhrase);
	});

	it.each([
		['', 'nothing'],
		['abandon '.repeat(12), 'wrong check bits'],
		[`${'abandon '.repeat(11)}giggity`, 'a word that is not on the list'],
		[`${'abandon '.repeat(23)}art`, 'twenty-four words'],
	])('refuses %j: %s', (typed) => {
		expect(() => parsePhrase(typed)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
	});
});

describe('newPhrase', () => {
	it('makes valid phrases out of the given randomness', () => {
		const random = createSeededRandom(7);
		const [one, other] = [newPhrase(random), newPhrase(random)];
		expect(parsePhrase(one)).toBe(one);
		expect(one).not.toBe(other);
		expect(newPhrase(createSeededRandom(7))).toBe(one);
	});
});
