// What a pasted text means, and that nothing but a film's page is ever opened.
import { describe, expect, it } from 'vitest';
import { bytesToBase64Url } from '../../../../peer/identity/base64url.ts';
import { derivePeerId } from '../../../../proto/ids.ts';
import {
	magnetHref,
	magnetOfHash,
	ownerKeyOfHash,
	parsePastedLink,
	targetOfLink,
	watchHref,
} from '../../../../web/lib/state/watch-link.ts';

const origin = 'https://films.example';
const id = 'abcdefghijklmnopqrstuvwx27';
const key = Uint8Array.from({ length: 33 }, (_, index) => index * 7);
const keyText = bytesToBase64Url(key);

describe('a pasted link', () => {
	it('leads to the film with the key of its owner', () => {
		expect(parsePastedLink(` ${origin}/watch/${id}#k=${keyText}\n`, origin)).toEqual({
			kind: 'here',
			href: `/watch/${id}#k=${keyText}`,
		});
	});

	it('works without its scheme and as a bare path', () => {
		expect(parsePastedLink(`films.example/watch/${id}`, origin)).toEqual({
			kind: 'here',
			href: `/watch/${id}`,
		});
		expect(parsePastedLink(`/watch/${id}/`, origin)).toEqual({
			kind: 'here',
			href: `/watch/${id}`,
		});
	});

	it('goes to the server it names', () => {
		expect(
			parsePastedLink(`http://other.example:8080/watch/${id}?x=1#k=${keyText}`, origin),
		).toEqual({
			kind: 'elsewhere',
			href: `http://other.example:8080/watch/${id}#k=${keyText}`,
		});
	});

	it('opens a magnet here, behind the "#"', () => {
		const magnet = 'magnet:?xt=urn:btih:abc&dn=A+film & more';
		const link = parsePastedLink(` ${magnet}\n`, origin);
		expect(link).toEqual({ kind: 'here', href: magnetHref(magnet) });
		expect(magnetOfHash(new URL(magnetHref(magnet), origin).hash)).toBe(magnet);
		expect(magnetOfHash('#link=%E0%A4%A')).toBeUndefined();
		expect(magnetOfHash('#k=abc')).toBeUndefined();
	});

	it('loses a damaged key rather than the film', () => {
		expect(parsePastedLink(`${origin}/watch/${id}#k=abc`, origin)).toEqual({
			kind: 'here',
			href: `/watch/${id}`,
		});
	});

	it.each([
		['', 'empty'],
		['   ', 'empty'],
		['hello there', 'not-a-link'],
		['hello', 'not-a-link'],
		[`javascript:alert(1)//watch/${id}`, 'not-a-link'],
		[`javascript://x/watch/${id}`, 'not-a-link'],
		[`data://x/watch/${id}`, 'not-a-link'],
		[`${origin}/library`, 'no-film'],
		[`${origin}/watch/short`, 'no-film'],
		[`${origin}/watch/${id}/more`, 'no-film'],
	])('"%s" is refused as %s', (text, reason) => {
		expect(parsePastedLink(text, origin)).toEqual({ kind: 'unusable', reason });
	});
});

describe('the key of a link', () => {
	it('survives the way through a link', () => {
		const { hash } = new URL(watchHref(id, keyText), origin);
		expect(ownerKeyOfHash(hash)).toEqual(key);
	});

	it.each(['', '#', '#k=', '#k=%%%', `#k=${keyText}AAAA`, '#other=1'])(
		'is none in "%s"',
		(hash) => {
			expect(ownerKeyOfHash(hash)).toBeUndefined();
		},
	);
});

describe('what a link opens', () => {
	const target = (href: string) => targetOfLink(new URL(href, origin));

	it('is the film of the owner it names', () => {
		expect(target(watchHref(id, keyText))).toEqual({
			catalogId: id,
			ownerPublicKey: key,
			ownerPeerIds: [derivePeerId(key)],
		});
	});

	it.each(['/', '/library', watchHref(id), '/watch/short', magnetHref('magnet:?xt=urn:btih:1')])(
		'is nothing for %s',
		(href) => {
			expect(target(href)).toBeUndefined();
		},
	);
});
