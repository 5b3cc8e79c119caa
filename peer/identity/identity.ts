// Who a peer is: a BIP-39 phrase of twelve English words, the BIP-32 key made from it, and the peer id of
// that key. The same words give the same peer on every device, and the same files there the same offer ids. Knows
// nothing of where the phrase is kept.
import { HDKey } from '@scure/bip32';
import { entropyToMnemonic, mnemonicToSeedSync, validateMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { schnorr } from '@noble/curves/secp256k1.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { GiggityflixError } from '../../proto/errors.ts';
import type { Signer } from '../../proto/identity.ts';
import { derivePeerId, randomId, type OfferId, type PeerId } from '../../proto/ids.ts';
import type { RandomBytes } from '../ports.ts';

/**
 * Where the identity key lies in the tree of the phrase: "gf" in ASCII as its own purpose, account 0, key 0, all
 * hardened. It never changes: another path is another peer. Wallets for coins use purpose 44 and above, so one
 * phrase never shares a key with them.
 */
export const identityKeyPath = "m/26470'/0'/0'";

/** 128 bits make twelve words. */
const phraseEntropyBytes = 16;

/** As whom a peer speaks to others. */
export interface SigningIdentity {
	readonly peerId: PeerId;
	readonly signer: Signer;
}

export interface Identity extends SigningIdentity {
	/** Twelve lower-case words, one space apart. */
	readonly phrase: string;
	/** The offer id of a file by where it lies. Nobody without the phrase can work it out. */
	nameOffer(place: string): OfferId;
}

/** A phrase nobody has. */
export function newPhrase(randomBytes: RandomBytes): string {
	const entropy = new Uint8Array(phraseEntropyBytes);
	randomBytes(entropy);
	return entropyToMnemonic(entropy, wordlist);
}

/**
 * What a person typed or pasted as the phrase it stands for: any spacing, any case. Throws `invalid-argument`
 * when it is not twelve words of the list with the right check bits.
 */
export function parsePhrase(typed: string): string {
	const words = typed.normalize('NFKD').trim().toLowerCase().split(/\s+/);
	const phrase = words.join(' ');
	if (words.length !== 12 || !validateMnemonic(phrase, wordlist)) {
		throw new GiggityflixError('invalid-argument', 'not a recovery phrase of twelve words');
	}
	return phrase;
}

/** The peer of a phrase. `chosenPeerId` (PEER_ID) names it otherwise than by its key. Throws as `parsePhrase`. */
export function identityOfPhrase(typed: string, chosenPeerId?: PeerId): Identity {
	const phrase = parsePhrase(typed);
	const { privateKey, publicKey } = HDKey.fromMasterSeed(mnemonicToSeedSync(phrase)).derive(
		identityKeyPath,
	);
	if (!privateKey || !publicKey) throw new GiggityflixError('internal', 'the key has no halves');
	const offerKey = hmac(sha256, privateKey, utf8ToBytes('giggityflix/offer-id/v1'));
	return {
		peerId: chosenPeerId ?? derivePeerId(publicKey),
		signer: {
			publicKey,
			sign: (digest) => schnorr.sign(digest, privateKey),
		},
		phrase,
		nameOffer(place) {
			const digest = hmac(sha256, offerKey, utf8ToBytes(place));
			// An id like any other, for which the digest stands in for chance.
			return randomId<OfferId>((target) => target.set(digest.subarray(0, target.length)));
		},
	};
}
