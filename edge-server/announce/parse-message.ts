// Reads any message of a WebTorrent client, however its JSON is laid out, and says what is wrong with one that
// makes no sense, in the words of bittorrent-tracker where it has some. Knows nothing of swarms and sockets.
import type { AnnounceLimits } from './announce-limits.ts';
import {
	eventOf,
	type AnnounceMessage,
	type Answer,
	type Invalid,
	type Scrape,
	type SwarmOffer,
} from './announce-message.ts';
import {
	fromWireText,
	toBinaryText,
	toWireText,
	type InfoHash,
	type SwarmPeerId,
	type WireText,
} from './wire-text.ts';

export function parseMessage(frame: WireText, limits: AnnounceLimits): AnnounceMessage {
	const fields = parseObject(fromWireText(frame));
	if (fields === undefined) return { kind: 'garbage' };
	switch (fields['action']) {
		case 'announce':
			return toAnnounceOrAnswer(fields, limits);
		case 'scrape':
			return toScrape(fields['info_hash'], limits);
		default:
			return invalid('invalid action');
	}
}

type Fields = Readonly<Partial<Record<string, unknown>>>;

function parseObject(text: string): Fields | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return isObject(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

function toAnnounceOrAnswer(fields: Fields, limits: AnnounceLimits): AnnounceMessage {
	const infoHash = toBinaryText(fields['info_hash']) as InfoHash | undefined;
	if (infoHash === undefined) return invalid('invalid info_hash');
	const peerId = toBinaryText(fields['peer_id']) as SwarmPeerId | undefined;
	if (peerId === undefined) return invalid('invalid peer_id', infoHash);
	if (isPresent(fields['answer'])) return toAnswer(fields, { infoHash, peerId }, limits);
	const event = eventOf(fields['event']);
	if (event === undefined) return invalid('invalid event', infoHash);
	const offers = toOffers(fields['offers'], limits);
	if (offers === undefined) return invalid('invalid offers', infoHash);
	return { kind: 'announce', infoHash, peerId, event, isComplete: fields['left'] === 0, offers };
}

function toAnswer(
	fields: Fields,
	sender: { infoHash: InfoHash; peerId: SwarmPeerId },
	limits: AnnounceLimits,
): Answer | Invalid {
	const toPeerId = toBinaryText(fields['to_peer_id']) as SwarmPeerId | undefined;
	if (toPeerId === undefined) {
		return invalid('invalid `to_peer_id` (required with `answer`)', sender.infoHash);
	}
	const offerId = toBinaryText(fields['offer_id']);
	if (offerId === undefined) return invalid('invalid offer_id', sender.infoHash);
	const description = toDescription(fields['answer'], 'answer', limits);
	if (description === undefined) return invalid('invalid answer', sender.infoHash);
	return { kind: 'answer', ...sender, toPeerId, offerId, description };
}

/** Undefined when one of them is not an offer. More than are ever relayed are not looked at. */
function toOffers(value: unknown, limits: AnnounceLimits): SwarmOffer[] | undefined {
	if (!isPresent(value)) return [];
	if (!Array.isArray(value)) return undefined;
	const offers: SwarmOffer[] = [];
	for (const entry of value.slice(0, limits.maxOffers) as unknown[]) {
		if (!isObject(entry)) return undefined;
		const offerId = toBinaryText(entry['offer_id']);
		const description = toDescription(entry['offer'], 'offer', limits);
		if (offerId === undefined || description === undefined) return undefined;
		offers.push({ offerId, description });
	}
	return offers;
}

/** Only the two fields a peer connection needs travel on: nothing nested, nothing of unknown size. */
function toDescription(
	value: unknown,
	type: 'offer' | 'answer',
	limits: AnnounceLimits,
): WireText | undefined {
	if (!isObject(value) || value['type'] !== type || typeof value['sdp'] !== 'string')
		return undefined;
	const description = toWireText(JSON.stringify({ type, sdp: value['sdp'] }));
	return description.length <= limits.maxDescriptionBytes ? description : undefined;
}

function toScrape(value: unknown, limits: AnnounceLimits): Scrape | Invalid {
	if (!isPresent(value)) return { kind: 'scrape', infoHashes: undefined };
	const values: unknown[] = Array.isArray(value) ? value : [value];
	if (values.length > limits.maxScrapedSwarms) return invalid('too many info_hash');
	const infoHashes = values.map((each) => toBinaryText(each) as InfoHash | undefined);
	return infoHashes.every(isPresent)
		? { kind: 'scrape', infoHashes }
		: invalid('invalid info_hash');
}

function invalid(reason: string, infoHash?: InfoHash): Invalid {
	return { kind: 'invalid', reason, ...(infoHash !== undefined && { infoHash }) };
}

function isObject(value: unknown): value is Fields {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPresent<Value>(value: Value): value is NonNullable<Value> {
	return value !== undefined && value !== null;
}
