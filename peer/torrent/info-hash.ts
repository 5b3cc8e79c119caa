// The name of a torrent: the SHA-1 of its info dictionary, in one spelling.
import { sha1 } from '@noble/hashes/legacy.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** 40 lower-case hexadecimal digits. */
export type InfoHash = string & { readonly brand: 'InfoHash' };

export function infoHashOf(info: Uint8Array): InfoHash {
	return bytesToHex(sha1(info)) as InfoHash;
}

const base32Alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Reads hexadecimal, and base 32 as old magnets have it; `undefined` when it is neither. */
export function parseInfoHash(text: string): InfoHash | undefined {
	const lower = text.toLowerCase();
	if (/^[0-9a-f]{40}$/.test(lower)) return lower as InfoHash;
	return /^[a-z2-7]{32}$/.test(lower) ? (hexOfBase32(lower) as InfoHash) : undefined;
}

/** 32 letters of 5 bits are 40 digits of 4. */
function hexOfBase32(text: string): string {
	const bits = Array.from(text, (letter) =>
		base32Alphabet.indexOf(letter).toString(2).padStart(5, '0'),
	).join('');
	return (bits.match(/.{4}/g) ?? []).map((four) => parseInt(four, 2).toString(16)).join('');
}
