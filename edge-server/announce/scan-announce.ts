// The short way through an announce or an answer laid out as JSON.stringify writes it, which is what every
// client sends: no value is decoded, descriptions are cut out as they stand. Strict, for what it lets pass is
// put into other peers' frames: every string is checked to its last escape. Anything it does not expect,
// right or wrong, it leaves to parseMessage by returning undefined; where it answers, both answer the same.
import type { AnnounceLimits } from './announce-limits.ts';
import { eventOf, type Announce, type Answer, type SwarmOffer } from './announce-message.ts';
import type { BinaryText, InfoHash, SwarmPeerId, WireText } from './wire-text.ts';

// The parts of JSON (RFC 8259), over bytes as characters.
const plain = String.raw`[^"\\\x00-\x1f]*`;
const escape = String.raw`\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})`;
const string = `"${plain}(?:${escape}${plain})*"`;
const number = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
/** One character up to U+00FF exactly as JSON.stringify writes it: see BinaryText. */
const byte = String.raw`(?:[\x20\x21\x23-\x5b\x5d-\x7f]|[\xc2\xc3][\x80-\xbf]|\\(?:["\\bfnrt]|u00(?:0[0-7bef]|1[0-9a-f])))`;

const key = sticky(String.raw`"([a-z_]{1,20})":`);
const binary = sticky(`"(${byte}{20})"`);
const word = sticky('"([a-z]{1,20})"');
const left = sticky(`(${number}|null)`);
const answer = sticky(String.raw`(\{"type":"answer","sdp":${string}\})`);
const offer = sticky(
	String.raw`\{"offer":(\{"type":"offer","sdp":${string}\}),"offer_id":"(${byte}{20})"\}`,
);
/** A field nobody reads. Nested ones are not expected. */
const other = sticky(`(${string}|${number}|true|false|null)`);

const fieldPatterns = {
	action: word,
	event: word,
	info_hash: binary,
	peer_id: binary,
	to_peer_id: binary,
	offer_id: binary,
	left,
	answer,
};
type FieldName = keyof typeof fieldPatterns;

interface Scanned {
	readonly fields: Partial<Record<FieldName, string>>;
	offers: readonly SwarmOffer[] | undefined;
}

export function scanAnnounce(
	frame: WireText,
	limits: AnnounceLimits,
): Announce | Answer | undefined {
	const scanned = scanObject(frame, limits);
	if (scanned?.fields.action !== 'announce') return undefined;
	const { fields, offers = [] } = scanned;
	const infoHash = fields.info_hash as InfoHash | undefined;
	const peerId = fields.peer_id as SwarmPeerId | undefined;
	if (infoHash === undefined || peerId === undefined) return undefined;
	if (fields.answer !== undefined) {
		const toPeerId = fields.to_peer_id as SwarmPeerId | undefined;
		const offerId = fields.offer_id as BinaryText | undefined;
		if (toPeerId === undefined || offerId === undefined) return undefined;
		const description = fields.answer as WireText;
		return { kind: 'answer', infoHash, peerId, toPeerId, offerId, description };
	}
	const event = eventOf(fields.event);
	if (event === undefined) return undefined;
	const isComplete =
		fields.left !== undefined && fields.left !== 'null' && Number(fields.left) === 0;
	return { kind: 'announce', infoHash, peerId, event, isComplete, offers };
}

function scanObject(frame: WireText, limits: AnnounceLimits): Scanned | undefined {
	if (!frame.startsWith('{')) return undefined;
	const scanned: Scanned = { fields: {}, offers: undefined };
	let at = 1;
	for (;;) {
		const name = matchAt(key, frame, at);
		if (name === undefined) return undefined;
		const end = scanValue(frame, key.lastIndex, name, scanned, limits);
		if (end === undefined) return undefined;
		if (frame[end] === '}') return end + 1 === frame.length ? scanned : undefined;
		if (frame[end] !== ',') return undefined;
		at = end + 1;
	}
}

/** Reads one value into `scanned`; returns where it ends. */
function scanValue(
	frame: WireText,
	at: number,
	name: string,
	scanned: Scanned,
	limits: AnnounceLimits,
): number | undefined {
	if (name === 'offers') return scanOffers(frame, at, scanned, limits);
	const isField = isFieldName(name);
	const pattern = isField ? fieldPatterns[name] : other;
	const value = matchAt(pattern, frame, at);
	if (value === undefined) return undefined;
	if (isField) {
		// Of two values JSON.parse takes the last; it is asked. Too long is an error, and its to tell.
		if (scanned.fields[name] !== undefined) return undefined;
		if (value.length > limits.maxDescriptionBytes) return undefined;
		scanned.fields[name] = value;
	}
	return pattern.lastIndex;
}

function scanOffers(
	frame: WireText,
	at: number,
	scanned: Scanned,
	limits: AnnounceLimits,
): number | undefined {
	if (frame[at] !== '[' || scanned.offers !== undefined) return undefined;
	const offers: SwarmOffer[] = [];
	scanned.offers = offers;
	if (frame[at + 1] === ']') return at + 2;
	for (let next = at + 1; offers.length < limits.maxOffers; next = offer.lastIndex + 1) {
		offer.lastIndex = next;
		const found = offer.exec(frame);
		if (found === null) return undefined;
		const [, description, offerId] = found as unknown as [string, WireText, BinaryText];
		if (description.length > limits.maxDescriptionBytes) return undefined;
		offers.push({ offerId, description });
		const separator = frame[offer.lastIndex];
		if (separator === ']') return offer.lastIndex + 1;
		if (separator !== ',') return undefined;
	}
	return undefined;
}

function isFieldName(name: string): name is FieldName {
	return Object.hasOwn(fieldPatterns, name);
}

/** The first group of a pattern at exactly this place; the pattern's `lastIndex` is then behind the match. */
function matchAt(pattern: RegExp, frame: WireText, at: number): string | undefined {
	pattern.lastIndex = at;
	return pattern.exec(frame)?.[1];
}

function sticky(source: string): RegExp {
	return new RegExp(source, 'y');
}
