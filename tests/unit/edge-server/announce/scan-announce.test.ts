import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announceLimits } from '../../../../edge-server/announce/announce-limits.ts';
import { offerFrame } from '../../../../edge-server/announce/announce-frames.ts';
import type { AnnounceMessage } from '../../../../edge-server/announce/announce-message.ts';
import { parseMessage } from '../../../../edge-server/announce/parse-message.ts';
import { scanAnnounce } from '../../../../edge-server/announce/scan-announce.ts';
import {
	fromWireText,
	toWireText,
	type WireText,
} from '../../../../edge-server/announce/wire-text.ts';
import { binaryName } from '../../../support/swarm-names.ts';

const limits = { ...announceLimits, maxOffers: 4 };
const bytes20 = fc
	.uint8Array({ minLength: 20, maxLength: 20 })
	.map((array) => Buffer.from(array).toString('latin1'));
const anyText = fc.oneof(
	fc.string({ unit: 'binary', maxLength: 40 }),
	fc.constantFrom('v=0\r\na=b\t"c"\\', '\\u0041', '\u0000\u001f\u007f', '\ud800', '"}],{'),
);
const description = (type: string) => fc.record({ type: fc.constant(type), sdp: anyText });
const offer = fc.record({ offer: description('offer'), offer_id: bytes20 });
const announce = fc.record(
	{
		numwant: fc.nat(),
		uploaded: fc.double({ noNaN: true, noDefaultInfinity: true }),
		left: fc.oneof(fc.constant(0), fc.nat(), fc.constant(null), fc.double()),
		event: fc.constantFrom('started', 'completed', 'stopped', 'update', 'empty', 'gone'),
		action: fc.constantFrom('announce', 'announce', 'announce', 'scrape', 'jump'),
		info_hash: bytes20,
		peer_id: bytes20,
		offers: fc.array(offer, { maxLength: 5 }),
		trackerid: anyText,
		nested: fc.constantFrom(null, true, [1], { a: 1 }),
	},
	{ requiredKeys: ['action', 'info_hash', 'peer_id'] },
);
const answer = fc.record(
	{
		action: fc.constant('announce'),
		info_hash: bytes20,
		peer_id: bytes20,
		to_peer_id: bytes20,
		answer: description('answer'),
		offer_id: bytes20,
		event: fc.constantFrom('update', 'gone'),
	},
	{ requiredKeys: ['action', 'info_hash', 'peer_id', 'answer'] },
);

/** Escapes are one of many spellings of a description; its meaning is what must agree. */
function meaning(message: AnnounceMessage | undefined): unknown {
	return JSON.parse(
		JSON.stringify(message, (name, value: unknown) =>
			name === 'description' ? (JSON.parse(fromWireText(value as WireText)) as unknown) : value,
		),
	);
}

function expectAgreement(text: string): void {
	const wire = toWireText(text);
	const scanned = scanAnnounce(wire, limits);
	if (scanned !== undefined) expect(meaning(scanned)).toEqual(meaning(parseMessage(wire, limits)));
}

describe('the short way through an announce', () => {
	it('takes what clients send and comes to what JSON.parse comes to', () => {
		fc.assert(
			fc.property(fc.oneof(announce, answer), (message) => {
				expectAgreement(JSON.stringify(message));
			}),
			{ numRuns: 1000 },
		);
	});

	it('is the way of announces and answers as bittorrent-tracker and browsers write them', () => {
		fc.assert(
			fc.property(bytes20, bytes20, fc.array(offer, { maxLength: 4 }), (hash, peer, offers) => {
				const head = { uploaded: 0, downloaded: 0, left: 7, event: 'started' };
				const names = { action: 'announce', info_hash: hash, peer_id: peer };
				const text = JSON.stringify({ ...head, ...names, numwant: offers.length, offers });
				expect(scanAnnounce(toWireText(text), limits)).toMatchObject({ kind: 'announce' });
				const reply = {
					to_peer_id: peer,
					answer: { type: 'answer', sdp: 'v=0\r\n' },
					offer_id: peer,
				};
				expect(
					scanAnnounce(toWireText(JSON.stringify({ ...names, ...reply })), limits),
				).toMatchObject({ kind: 'answer' });
			}),
		);
	});

	it('agrees about texts with one character changed, or leaves them alone', () => {
		const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
		const change = fc.constantFrom(
			'"',
			'\\',
			'{',
			'}',
			'[',
			']',
			',',
			':',
			' ',
			'\n',
			'u',
			'0',
			'é',
		);
		fc.assert(
			fc.property(
				fc.oneof(announce, answer),
				place,
				change,
				fc.boolean(),
				(message, at, by, cut) => {
					const text = JSON.stringify(message);
					const index = Math.floor(at * text.length);
					expectAgreement(text.slice(0, index) + by + text.slice(cut ? index + 1 : index));
				},
			),
			{ numRuns: 3000 },
		);
	});

	it('lets nothing through that is not JSON when it is put into another frame', () => {
		const raw = fc.string({ unit: fc.constantFrom('\\', '"', 'n', 'u', '0', '0', 'D', '\n', 'x') });
		fc.assert(
			fc.property(raw, (sdp) => {
				const text = `{"action":"announce","info_hash":"${'h'.repeat(20)}","peer_id":"${'p'.repeat(20)}","offers":[{"offer":{"type":"offer","sdp":"${sdp}"},"offer_id":"${'o'.repeat(20)}"}]}`;
				const scanned = scanAnnounce(toWireText(text), limits);
				if (scanned?.kind !== 'announce') return;
				const frame = offerFrame(scanned.infoHash, scanned.peerId, scanned.offers[0]!);
				expect(JSON.parse(fromWireText(frame))).toMatchObject({
					offer: (JSON.parse(text) as { offers: [{ offer: object }] }).offers[0].offer,
				});
			}),
			{ numRuns: 2000 },
		);
	});

	it.each([
		['white space', (text: string) => text.replace(',', ', ')],
		['a name given twice', (text: string) => text.replace('{', '{"event":"stopped",')],
		['offers given twice', (text: string) => text.replace('{', '{"offers":[],')],
		['an escape nobody needs', (text: string) => text.replace('torrent', '\\u0074orrent')],
		['something behind the end', (text: string) => `${text} `],
		['no end', (text: string) => text.slice(0, -1)],
		['a description over the limit', (text: string) => text.replace('v=0', 'v'.repeat(17_000))],
	])('leaves %s to the long way', (_, spoil) => {
		const text = JSON.stringify({
			event: 'started',
			action: 'announce',
			info_hash: binaryName('torrent', 1),
			peer_id: binaryName('peer', 1),
			offers: [{ offer: { type: 'offer', sdp: 'v=0' }, offer_id: binaryName('offer', 1) }],
		});
		expect(scanAnnounce(toWireText(text), limits)).toMatchObject({ kind: 'announce' });
		expect(scanAnnounce(toWireText(spoil(text)), limits)).toBeUndefined();
	});

	it('takes a frame of the largest size without stumbling over its length', () => {
		const text = JSON.stringify({
			action: 'announce',
			info_hash: binaryName('torrent', 1),
			peer_id: binaryName('peer', 1),
			trackerid: '\n'.repeat(30_000),
		});
		expect(scanAnnounce(toWireText(text), limits)).toMatchObject({ kind: 'announce' });
	});
});
