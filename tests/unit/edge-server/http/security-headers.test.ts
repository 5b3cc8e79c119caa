import { describe, expect, it } from 'vitest';
import {
	inlineScriptSources,
	withSecurityHeaders,
} from '../../../../edge-server/http/security-headers.ts';

const context = { remoteAddress: '192.0.2.1' };

async function headersFor(url: string, isSecure = false): Promise<Headers> {
	const handle = withSecurityHeaders(
		async () => new Response('x', { headers: { 'content-security-policy': 'default-src *' } }),
		{ isSecure, scriptSources: () => ["'sha256-abc='"] },
	);
	return (await handle(new Request(url), context)).headers;
}

describe('withSecurityHeaders', () => {
	it('sets a strict policy, over whatever a handler set', async () => {
		const policy = (await headersFor('http://films.example:8080/x')).get('content-security-policy');
		expect(policy?.split('; ')).toEqual([
			"default-src 'self'",
			"script-src 'self' 'wasm-unsafe-eval' 'sha256-abc='",
			"style-src 'self' 'unsafe-inline'",
			"img-src 'self' blob: data:",
			"media-src 'self' blob:",
			"connect-src 'self' ws: wss: http: https:",
			"worker-src 'self' blob:",
			"object-src 'none'",
			"base-uri 'none'",
			"frame-ancestors 'none'",
			"form-action 'self'",
		]);
	});

	it('sets the others, and HSTS with TLS only', async () => {
		const plain = await headersFor('http://films.example/');
		expect(plain.get('x-content-type-options')).toBe('nosniff');
		expect(plain.get('referrer-policy')).toBe('no-referrer');
		expect(plain.get('cross-origin-opener-policy')).toBe('same-origin');
		expect(plain.get('permissions-policy')).toContain('camera=()');
		expect(plain.get('strict-transport-security')).toBeNull();
		const secure = await headersFor('https://films.example/', true);
		expect(secure.get('strict-transport-security')).toMatch(/^max-age=\d+$/);
	});

	it('lets a secure page ask others by secure ways alone', async () => {
		const secure = await headersFor('https://films.example/', true);
		expect(secure.get('content-security-policy')).toContain("connect-src 'self' wss: https:;");
	});
});

describe('inlineScriptSources', () => {
	it('hashes the text of each script without a src', () => {
		const html = `<script src="/a.js"></script><script>alert(1)</script>
			<SCRIPT type="module">\n2\n</SCRIPT><script defer src=b.js></script>`;
		expect(inlineScriptSources(html)).toEqual([
			"'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='",
			expect.stringMatching(/^'sha256-[A-Za-z0-9+/]{43}='$/),
		]);
	});
});
