import { describe, expect, it } from 'vitest';
import { announceLimits } from '../../../../edge-server/announce/announce-limits.ts';
import { parseMessage } from '../../../../edge-server/announce/parse-message.ts';
import { fromWireText, toWireText } from '../../../../edge-server/announce/wire-text.ts';
import { binaryName, infoHash, offerId, swarmPeerId } from '../../../support/swarm-names.ts';

const limits = { ...announceLimits, maxOffers: 2, maxScrapedSwarms: 2, maxDescriptionBytes: 100 };
const names = {
	action: 'announce',
	info_hash: binaryName('torrent', 1),
	peer_id: binaryName('peer', 1),
};
const offer = (number: number, sdp = 'v=0') => ({
	offer: { type: 'offer', sdp },
	offer_id: binaryName('offer', number),
});
const parse = (message: unknown) =>
	parseMessage(toWireText(JSON.stringify(message, undefined, 1)), limits);

describe('a message of a WebTorrent client', () => {
	it('is an announce with its offers as they are to be relayed', () => {
		const message = parse({ ...names, event: 'started', left: 0, offers: [offer(1, 'a\r\n✓')] });
		expect(message).toMatchObject({
			kind: 'announce',
			infoHash: infoHash(1),
			peerId: swarmPeerId(1),
			event: 'started',
			isComplete: true,
			offers: [{ offerId: offerId(1) }],
		});
		const [first] = message.kind === 'announce' ? message.offers : [];
		expect(fromWireText(first!.description)).toBe('{"type":"offer","sdp":"a\\r\\n✓"}');
	});

	it.each([
		[undefined, 'update'],
		['', 'update'],
		['empty', 'update'],
		['paused', 'update'],
		['stopped', 'stopped'],
		['completed', 'completed'],
	])('has the event %s as %s', (event, expected) => {
		expect(parse({ ...names, event })).toMatchObject({ kind: 'announce', event: expected });
	});

	it.each([[undefined], [null], [1], ['0'], [-1]])('is not complete with %s left', (left) => {
		expect(parse({ ...names, left })).toMatchObject({ isComplete: false });
	});

	it('looks at no more offers than are relayed', () => {
		const message = parse({ ...names, offers: [offer(1), offer(2), 'not an offer'] });
		expect(message).toMatchObject({ offers: [{ offerId: offerId(1) }, { offerId: offerId(2) }] });
	});

	it('is an answer to the peer it names, and carries only type and sdp on', () => {
		const answer = { type: 'answer', sdp: 'v=0', nested: [[[]]] };
		const message = { ...names, to_peer_id: binaryName('peer', 2), answer };
		expect(parse({ ...message, offer_id: binaryName('offer', 3) })).toEqual({
			kind: 'answer',
			infoHash: infoHash(1),
			peerId: swarmPeerId(1),
			toPeerId: swarmPeerId(2),
			offerId: offerId(3),
			description: '{"type":"answer","sdp":"v=0"}',
		});
	});

	it('scrapes one, several or all', () => {
		const one = binaryName('torrent', 1);
		const two = binaryName('torrent', 2);
		const scrape = (info_hash?: unknown) => parse({ action: 'scrape', info_hash });
		expect(scrape(one)).toEqual({ kind: 'scrape', infoHashes: [infoHash(1)] });
		expect(scrape([one, two])).toEqual({ kind: 'scrape', infoHashes: [infoHash(1), infoHash(2)] });
		expect(scrape()).toEqual({ kind: 'scrape', infoHashes: undefined });
		expect(scrape([one, two, one])).toEqual({ kind: 'invalid', reason: 'too many info_hash' });
		expect(scrape([one, 'short'])).toEqual({ kind: 'invalid', reason: 'invalid info_hash' });
	});

	it.each([
		['invalid action', { ...names, action: 'dance' }],
		['invalid action', { ...names, action: undefined }],
		['invalid info_hash', { ...names, info_hash: 'x'.repeat(19) }],
		['invalid info_hash', { ...names, info_hash: 7 }],
		['invalid peer_id', { ...names, peer_id: 'Ā'.repeat(20) }],
		['invalid event', { ...names, event: 'toString' }],
		['invalid event', { ...names, event: 3 }],
		['invalid offers', { ...names, offers: 'many' }],
		['invalid offers', { ...names, offers: [offer(1), null] }],
		['invalid offers', { ...names, offers: [offer(1, 'x'.repeat(100))] }],
		['invalid offers', { ...names, offers: [{ ...offer(1), offer_id: 'short' }] }],
		['invalid offers', { ...names, offers: [{ ...offer(1), offer: { type: 'answer', sdp: '' } }] }],
		['invalid `to_peer_id` (required with `answer`)', { ...names, answer: {} }],
		['invalid offer_id', { ...names, answer: {}, to_peer_id: names.peer_id }],
		[
			'invalid answer',
			{ ...names, answer: 'yes', to_peer_id: names.peer_id, offer_id: names.peer_id },
		],
	])('is told: %s', (reason, message) => {
		expect(parse(message)).toMatchObject({ kind: 'invalid', reason });
	});

	it.each(['', 'hello', '{"action":"announce"', '[]', 'null', '"announce"', '[{'.repeat(20_000)])(
		'is garbage when it is no JSON object: %.20s',
		(text) => {
			expect(parseMessage(toWireText(text), limits)).toEqual({ kind: 'garbage' });
		},
	);
});
