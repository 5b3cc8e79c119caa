// What the announce tracker says, written from parts that are in wire form already.
import type { Answer, SwarmOffer } from './announce-message.ts';
import type { SwarmCounts } from './swarms.ts';
import { detach, toWireText, type InfoHash, type SwarmPeerId, type WireText } from './wire-text.ts';

export function announceReply(
	infoHash: InfoHash,
	{ complete, incomplete }: SwarmCounts,
	intervalSeconds: number,
): WireText {
	return `{"action":"announce","info_hash":"${infoHash}","interval":${intervalSeconds},"complete":${complete},"incomplete":${incomplete}}` as WireText;
}

export function offerFrame(infoHash: InfoHash, from: SwarmPeerId, offer: SwarmOffer): WireText {
	return `{"action":"announce","info_hash":"${infoHash}","peer_id":"${from}","offer_id":"${offer.offerId}","offer":${offer.description}}` as WireText;
}

/** Whose offer one of our frames is; undefined when it is an answer. */
export function offererOf(frame: WireText): SwarmPeerId | undefined {
	const peerId = offerStart.exec(frame)?.[1];
	return peerId === undefined ? undefined : detach(peerId as SwarmPeerId);
}
const offerStart =
	/^\{"action":"announce","info_hash":"(?:[^"\\]|\\.)*","peer_id":"((?:[^"\\]|\\.)*)","offer_id":"(?:[^"\\]|\\.)*","offer":/;

export function answerFrame({ infoHash, peerId, offerId, description }: Answer): WireText {
	return `{"action":"announce","info_hash":"${infoHash}","peer_id":"${peerId}","offer_id":"${offerId}","answer":${description}}` as WireText;
}

/** `downloaded` is a lower bound, as bittorrent-tracker's is: nobody keeps a history. */
export function scrapeReply(
	infoHashes: readonly InfoHash[],
	counts: readonly SwarmCounts[],
	intervalSeconds: number,
): WireText {
	const files = infoHashes.map((infoHash, index) => {
		const { complete, incomplete } = counts[index] ?? { complete: 0, incomplete: 0 };
		return `"${infoHash}":{"complete":${complete},"incomplete":${incomplete},"downloaded":${complete}}`;
	});
	return `{"action":"scrape","files":{${files.join(',')}},"flags":{"min_request_interval":${intervalSeconds}}}` as WireText;
}

/** As bittorrent-tracker: `action` and `info_hash` are there when the message said which they are. */
export function failureReply(reason: string, infoHash?: InfoHash): WireText {
	const about = infoHash === undefined ? '' : `"action":"announce","info_hash":"${infoHash}",`;
	return `{${about}"failure reason":${toWireText(JSON.stringify(reason))}}` as WireText;
}
