import { describe, expect, it } from 'vitest';
import { looksLikeMagnet, parseMagnet, writeMagnet } from '../../../../peer/torrent/magnet.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { mutations } from '../../../support/torrent-bytes.ts';

const hex = 'c9e15763f722f23e98a29decdfae341b98d53056';
const tracker = 'wss://films.example/announce';

function codeOf(text: string): string {
	try {
		parseMagnet(text);
	} catch (caught) {
		return caught instanceof GiggityflixError ? caught.code : String(caught);
	}
	return 'no error';
}

describe('parseMagnet', () => {
	it('reads the torrent, its name, its trackers and its HTTP seeds', () => {
		const text = ` MAGNET:?xt=urn:btih:${hex.toUpperCase()}&dn=A+film&tr=${encodeURIComponent(tracker)}&tr=junk&ws=http://a.example/film&ws=junk\n`;
		expect(parseMagnet(text)).toEqual({
			...{ infoHash: hex, name: 'A film', trackers: [tracker] },
			httpSeeds: ['http://a.example/film'],
		});
	});

	it('reads a hash in base 32', () => {
		const { infoHash } = parseMagnet('magnet:?xt=urn:btih:ZHQVOY7XELZD5GFCTXWN7LRUDOMNKMCW');
		expect(infoHash).toBe(hex);
	});

	it('finds version 1 beside version 2', () => {
		const both = `magnet:?xt=urn:btmh:1220${'a'.repeat(64)}&xt=urn:btih:${hex}`;
		expect(parseMagnet(both).infoHash).toBe(hex);
	});

	it('takes no addresses of peers and no files to fetch', () => {
		const text = `magnet:?xt=urn:btih:${hex}&x.pe=10.0.0.1:80&xs=http://a/b&so=0`;
		expect(parseMagnet(text)).toEqual({ infoHash: hex, name: '', trackers: [], httpSeeds: [] });
	});

	it.each([
		['', 'invalid-argument'],
		['https://films.example/', 'invalid-argument'],
		['magnet:', 'invalid-argument'],
		['magnet:?', 'invalid-argument'],
		['magnet:?dn=film', 'invalid-argument'],
		['magnet:?xt=urn:btih:', 'invalid-argument'],
		[`magnet:?xt=urn:btih:${hex}0`, 'invalid-argument'],
		[`magnet:?xt=urn:sha1:${hex}`, 'invalid-argument'],
		[`magnet:?xt=urn:btmh:1220${'a'.repeat(64)}`, 'unsupported'],
		[`magnet:?xt=urn:btih:${hex}&dn=${'x'.repeat(20_000)}`, 'resource-exhausted'],
	])('refuses %.60s', (text, code) => {
		expect(codeOf(text)).toBe(code);
	});

	it('shows a name that cannot deceive', () => {
		const name = encodeURIComponent('film\u202egpj.exe\u0000<b>');
		expect(parseMagnet(`magnet:?xt=urn:btih:${hex}&dn=${name}`).name).toBe('filmgpj.exe<b>');
	});

	it('takes twenty trackers and no more', () => {
		const trackers = Array.from({ length: 50 }, (_, index) => `&tr=wss://t${index}.example`).join(
			'',
		);
		expect(parseMagnet(`magnet:?xt=urn:btih:${hex}${trackers}`).trackers).toHaveLength(20);
	});

	it('ends on a thousand damaged magnets with a magnet or an error with a code', () => {
		const original = Buffer.from(
			`magnet:?xt=urn:btih:${hex}&dn=A+film&tr=${encodeURIComponent(tracker)}`,
		);
		const codes = new Set<string>();
		for (const bytes of mutations(original, 1000)) codes.add(codeOf(Buffer.from(bytes).toString()));
		expect([...codes].sort()).toEqual(['invalid-argument', 'no error']);
	});
});

describe('writeMagnet', () => {
	it('writes what is read again', () => {
		const magnet = {
			...parseMagnet(`magnet:?xt=urn:btih:${hex}`),
			name: 'A & B # ü',
			trackers: [tracker],
			httpSeeds: ['https://a.example/a%20b/?c=1&d'],
		};
		expect(parseMagnet(writeMagnet(magnet))).toEqual(magnet);
		expect(looksLikeMagnet(writeMagnet(magnet))).toBe(true);
	});
});
