// What both listeners do with an HTTP request whatever their engine: make a Request of it, call the
// handler, and have a Response in every case. Engines only read bytes and write bytes.
import type { FetchHandler, RequestContext } from './listener.ts';

/** A request as an engine has read it. */
export interface RawRequest {
	readonly method: string;
	/** The request target as it was sent, query included. */
	readonly target: string;
	readonly headers: Headers;
	readonly body: Uint8Array<ArrayBuffer> | undefined;
	readonly isSecure: boolean;
	readonly context: RequestContext;
	readonly signal: AbortSignal;
}

/** Calls the handler. Never rejects: a request that is none becomes 400, a handler that throws 500. */
export async function exchange(
	raw: RawRequest,
	fetch: FetchHandler,
	onError: (error: unknown) => void,
): Promise<Response> {
	const request = toRequest(raw);
	if (request === undefined) return plainResponse(400, 'malformed request');
	try {
		return await fetch(request, raw.context);
	} catch (error) {
		if (!raw.signal.aborted) onError(error);
		return plainResponse(500, 'internal error');
	}
}

/** An answer made by the listener itself, before or without any handler. */
export function plainResponse(status: number, text: string): Response {
	const body = new TextEncoder().encode(`${text}\n`);
	return new Response(body, {
		status,
		headers: {
			'content-type': 'text/plain; charset=utf-8',
			'content-length': String(body.length),
			'x-content-type-options': 'nosniff',
			'content-security-policy': "default-src 'none'",
		},
	});
}

/** Whether a response to this method and with this status has no body on the wire (RFC 9110 §6.4.1). */
export function isBodiless(method: string, status: number): boolean {
	return method === 'HEAD' || status === 204 || status === 304;
}

/** `undefined` when the target or the Host header is not one, or fetch has no such method. */
function toRequest(raw: RawRequest): Request | undefined {
	const host = raw.headers.get('host') ?? '';
	// Only the origin form (RFC 9112 §3.2.1): this is no proxy. A host with a slash or an @ would move the path.
	if (!raw.target.startsWith('/') || !/^[^\s/?#@\\]+$/.test(host)) return undefined;
	const url = `${raw.isSecure ? 'https' : 'http'}://${host}${raw.target}`;
	if (!URL.canParse(url)) return undefined;
	try {
		return new Request(url, {
			method: raw.method,
			headers: raw.headers,
			signal: raw.signal,
			...(raw.body !== undefined && { body: raw.body }),
		});
	} catch {
		// TRACE and CONNECT, and a body where there may be none.
		return undefined;
	}
}
