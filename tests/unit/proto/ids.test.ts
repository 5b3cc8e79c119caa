// The forms of ids, and the derived ones to the letter: links that people have sent, and entries of stores, carry them.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	deriveCatalogId,
	derivePeerId,
	isDerivedPeerId,
	parseCatalogId,
	parseCommandId,
	parseEdgeId,
	parseOfferId,
	parsePeerId,
	parseSubscriptionId,
	parseWebRtcSessionId,
	randomId,
	type OfferId,
} from '../../../proto/ids.ts';

const base32Parsers = {
	parseOfferId,
	parseCatalogId,
	parseSubscriptionId,
	parseCommandId,
	parseWebRtcSessionId,
};
const nameParsers = { parsePeerId, parseEdgeId };
const generator = Uint8Array.from(
	Buffer.from('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798', 'hex'),
);

describe('an id of 26 letters', () => {
	it.each(Object.entries(base32Parsers))(
		'passes %s as it is, and nothing else does',
		(_, parse) => {
			const id = 'abcdefghijklmnopqrstuvwx27';
			expect(parse(id)).toBe(id);
			for (const text of [
				'',
				id.slice(1),
				`${id}a`,
				id.toUpperCase(),
				`${id.slice(1)}1`,
				`${id}\n`,
			])
				expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
		},
	);

	it('is made of 128 random bits, none of which is lost', () => {
		const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
		fc.assert(
			fc.property(bytes, bytes, (one, other) => {
				const [first, second] = [one, other].map((random) =>
					randomId<OfferId>((target) => target.set(random)),
				);
				expect(parseOfferId(first ?? '')).toBe(first);
				expect(first === second).toBe(Buffer.from(one).equals(other));
			}),
		);
	});
});

describe('a name', () => {
	it.each(Object.entries(nameParsers))('passes %s when it is short and plain', (_, parse) => {
		for (const name of ['nas', 'edge-1', 'Living.Room_2', 'a'.repeat(63)])
			expect(parse(name)).toBe(name);
		for (const name of ['', 'a', 'a'.repeat(64), '-nas', '../nas', 'a b', 'ä1', 'nas\n', '<b>'])
			expect(() => parse(name)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
	});
});

describe('a derived id', () => {
	it('of a peer stays what it was', () => {
		const peerId = derivePeerId(generator);
		expect(peerId).toBe('gfb5yvxl25jqxngklyltxstzlc642irsfc');
		expect(isDerivedPeerId(peerId)).toBe(true);
		expect(isDerivedPeerId(parsePeerId('nas'))).toBe(false);
	});

	it('of an entry stays what it was, whoever hashes', () => {
		const peerId = derivePeerId(generator);
		const offerId = parseOfferId('a'.repeat(26));
		const byNode = (text: string) => createHash('sha256').update(text).digest();
		expect(deriveCatalogId(peerId, offerId)).toBe('pbfzxq4iviacl6gwxvnrfvt36e');
		expect(deriveCatalogId(peerId, offerId, byNode)).toBe('pbfzxq4iviacl6gwxvnrfvt36e');
		expect(deriveCatalogId(parsePeerId('nas'), offerId)).not.toBe('pbfzxq4iviacl6gwxvnrfvt36e');
	});
});
