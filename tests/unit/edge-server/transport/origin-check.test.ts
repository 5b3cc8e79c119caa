import { describe, expect, it } from 'vitest';
import { isOriginAllowed } from '../../../../edge-server/transport/origin-check.ts';

const own = { hostHeader: 'films.example:8080', isSecure: false };

describe('isOriginAllowed', () => {
	it.each([
		['no Origin', null, own],
		['its own page', 'http://films.example:8080', own],
		[
			'its own page over TLS',
			'https://films.example',
			{ hostHeader: 'films.example', isSecure: true },
		],
		[
			'a default port that is spelled out',
			'http://a.example',
			{ hostHeader: 'A.example:80', isSecure: false },
		],
		['IPv6', 'http://[::1]:8080', { hostHeader: '[::1]:8080', isSecure: false }],
	])('accepts %s', (_what, origin, claim) => {
		expect(isOriginAllowed({ origin, ...claim }, [])).toBe(true);
	});

	it.each([
		['another host', 'http://evil.example:8080'],
		['another port', 'http://films.example:8081'],
		['another scheme', 'https://films.example:8080'],
		['a host that starts the same', 'http://films.example:8080.evil.example'],
		['a host that ends the same', 'http://evilfilms.example:8080'],
		['a user before the host', 'http://films.example:8080@evil.example'],
		['a path', 'http://films.example:8080/'],
		['upper case, which browsers never send', 'HTTP://films.example:8080'],
		['null', 'null'],
		['nothing', ''],
		['two origins', 'http://films.example:8080 http://evil.example'],
		['garbage', '\u0000%%%'],
	])('refuses %s', (_what, origin) => {
		expect(isOriginAllowed({ origin, ...own }, [])).toBe(false);
	});

	it('accepts what it was told of, exactly', () => {
		const allowed = ['https://app.example'];
		expect(isOriginAllowed({ origin: 'https://app.example', ...own }, allowed)).toBe(true);
		expect(isOriginAllowed({ origin: 'http://app.example', ...own }, allowed)).toBe(false);
		expect(isOriginAllowed({ origin: 'https://app.example:8443', ...own }, allowed)).toBe(false);
	});

	it.each([null, '', 'a b', '/'])('refuses every origin when the Host is %j', (hostHeader) => {
		const claim = { origin: 'http://a.example', hostHeader, isSecure: false };
		expect(isOriginAllowed(claim, [])).toBe(false);
	});
});
