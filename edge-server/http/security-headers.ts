// The headers every answer carries: what a page of this origin may load, and what browsers may not guess.
// Owns the policy; the hashes of inline scripts come from the built index.html.
import { createHash } from 'node:crypto';
import type { FetchHandler } from '../transport/listener.ts';

const fixedHeaders = {
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'no-referrer',
	'cross-origin-opener-policy': 'same-origin',
	'permissions-policy':
		'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()',
	'x-frame-options': 'DENY',
} as const;

export interface SecurityHeadersOptions {
	/** With TLS, browsers are told to come back with TLS only. */
	readonly isSecure: boolean;
	/** CSP sources of the page's inline scripts, as `inlineScriptSources` finds them. */
	readonly scriptSources: () => readonly string[];
}

/** Wraps a handler so that no answer leaves without the headers. */
export function withSecurityHeaders(
	handle: FetchHandler,
	{ isSecure, scriptSources }: SecurityHeadersOptions,
): FetchHandler {
	return async (request, context) => {
		const response = await handle(request, context);
		for (const [name, value] of Object.entries(fixedHeaders)) response.headers.set(name, value);
		response.headers.set(
			'content-security-policy',
			contentSecurityPolicy(isSecure, scriptSources()),
		);
		if (isSecure) response.headers.set('strict-transport-security', 'max-age=31536000');
		return response;
	};
}

/** `'sha256-…'` of each script element without a src, in order. */
export function inlineScriptSources(html: string): string[] {
	return [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>(.*?)<\/script>/gis)].map(
		([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`,
	);
}

function contentSecurityPolicy(isSecure: boolean, scriptSources: readonly string[]): string {
	// Any host: a magnet names the trackers its swarm is found on, and web servers that have its files.
	const hosts = isSecure ? 'wss: https:' : 'ws: wss: http: https:';
	return [
		"default-src 'self'",
		["script-src 'self' 'wasm-unsafe-eval'", ...scriptSources].join(' '),
		// media-chrome puts style elements into its shadow roots.
		"style-src 'self' 'unsafe-inline'",
		"img-src 'self' blob: data:",
		"media-src 'self' blob:",
		`connect-src 'self' ${hosts}`,
		"worker-src 'self' blob:",
		"object-src 'none'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
		"form-action 'self'",
	].join('; ');
}
