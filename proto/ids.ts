// Every identifier of the project as a branded type, with the one place that checks its form and the
// one place that derives it. Imports nothing of ours but errors.
import { sha256 } from '@noble/hashes/sha2.js';
import { GiggityflixError } from './errors.ts';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

/** A program that holds a library. Derived from its public key, or chosen with PEER_ID. */
export type PeerId = Id<'PeerId'>;
/** An edge server. */
export type EdgeId = Id<'EdgeId'>;
/** One admission of one peer at one edge. */
export type SessionId = Id<'SessionId'>;
/** A library item as its peer names it, once and for all; nobody else can guess it. 26 characters of base32. */
export type OfferId = Id<'OfferId'>;
/** An offered file as the network names it; what links carry. 26 characters of base32. */
export type CatalogId = Id<'CatalogId'>;
/** One negotiated link between two peers; random, 26 characters of base32. */
export type WebRtcSessionId = Id<'WebRtcSessionId'>;
/** A wish to be told when an entry can be watched. */
export type SubscriptionId = Id<'SubscriptionId'>;
/** One command to a peer. */
export type CommandId = Id<'CommandId'>;
/** SHA-256 of a file's content, 64 lower-case hexadecimal digits. */
export type MediaId = Id<'MediaId'>;

const base32Alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
const base32Id = /^[a-z2-7]{26}$/;
const derivedPeerId = /^gf[a-z2-7]{32}$/;
const chosenName = /^[a-z0-9][a-z0-9._-]{1,62}$/i;

export function parsePeerId(text: string): PeerId {
	if (!chosenName.test(text)) throw malformed('peer id');
	return text as PeerId;
}

export function parseEdgeId(text: string): EdgeId {
	if (!chosenName.test(text)) throw malformed('edge id');
	return text as EdgeId;
}

export const parseOfferId = (text: string) => base32Text(text, 'offer id') as OfferId;
export const parseCatalogId = (text: string) => base32Text(text, 'catalog id') as CatalogId;
export const parseSubscriptionId = (text: string) =>
	base32Text(text, 'subscription id') as SubscriptionId;
export const parseCommandId = (text: string) => base32Text(text, 'command id') as CommandId;
export const parseWebRtcSessionId = (text: string) =>
	base32Text(text, 'WebRTC session id') as WebRtcSessionId;

/** A new random id of any of the base32 kinds. `randomBytes` fills the array it is given. */
export function randomId<
	Kind extends OfferId | SessionId | WebRtcSessionId | SubscriptionId | CommandId,
>(randomBytes: (target: Uint8Array) => void): Kind {
	const bytes = new Uint8Array(16);
	randomBytes(bytes);
	return base32(bytes) as Kind;
}

/**
 * The peer id of a key: "gf" and the first 20 bytes of the SHA-256 of the compressed public key in
 * base32. 160 bits keep a second key with the same id out of reach.
 */
export function derivePeerId(publicKey: Uint8Array): PeerId {
	return `gf${base32(sha256(publicKey).subarray(0, 20))}` as PeerId;
}

/** Whether an id has the form of a derived one and so belongs to exactly one key. */
export function isDerivedPeerId(peerId: PeerId): boolean {
	return derivedPeerId.test(peerId);
}

/**
 * The catalog id of an offer: the first 16 bytes of SHA-256 over a domain, the peer id and the offer id.
 * It depends on nothing an edge or tracker stores, so it survives every restart and wipe of theirs; the
 * offer id in it keeps a link-only entry from being guessed. `hash` is SHA-256, of which a program that derives
 * many may have a faster one.
 */
export function deriveCatalogId(
	peerId: PeerId,
	offerId: OfferId,
	hash: (text: string) => Uint8Array = sha256OfText,
): CatalogId {
	const digest = hash(`giggityflix/catalog-id/v1\n${peerId}\n${offerId}`);
	return base32(digest.subarray(0, 16)) as CatalogId;
}

const encoder = new TextEncoder();
const sha256OfText = (text: string) => sha256(encoder.encode(text));

const letterCodes = Uint8Array.from(base32Alphabet, (letter) => letter.charCodeAt(0));

/** RFC 4648 base32, lower case, without padding. In one string at the end: ids are derived by the ten thousand. */
function base32(bytes: Uint8Array): string {
	const codes: number[] = [];
	let buffer = 0;
	let bits = 0;
	for (const byte of bytes) {
		buffer = (buffer << 8) | byte;
		bits += 8;
		while (bits >= 5) {
			bits -= 5;
			codes.push(letterCodes[(buffer >> bits) & 31] ?? 0);
		}
		buffer &= (1 << bits) - 1;
	}
	if (bits > 0) codes.push(letterCodes[(buffer << (5 - bits)) & 31] ?? 0);
	return String.fromCharCode(...codes);
}

function base32Text(text: string, what: string): string {
	if (!base32Id.test(text)) throw malformed(what);
	return text;
}

function malformed(what: string): GiggityflixError {
	return new GiggityflixError('invalid-argument', `malformed ${what}`);
}
