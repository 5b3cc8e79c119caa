// How the edge's HTTP handlers refuse: JSON `{ code, message }` with the status that belongs to the code.
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';

const statuses: Record<ErrorCode, number> = {
	'invalid-argument': 400,
	unauthenticated: 401,
	'permission-denied': 403,
	'not-found': 404,
	'already-exists': 409,
	corrupt: 422,
	'resource-exhausted': 429,
	// What nginx answers a caller that has gone; nobody reads it.
	cancelled: 499,
	internal: 500,
	unsupported: 501,
	unavailable: 503,
	'timed-out': 504,
};

/** The text of an internal error stays at home. */
export function problem(error: GiggityflixError): Response {
	const message = error.code === 'internal' ? 'internal error' : error.message;
	return jsonResponse(statuses[error.code], { code: error.code, message });
}

export function notFound(): Response {
	return problem(new GiggityflixError('not-found', 'there is nothing here'));
}

export function methodNotAllowed(methods: readonly string[]): Response {
	const allow = methods.join(', ');
	const response = jsonResponse(405, {
		code: 'unsupported',
		message: `only ${allow} is answered here`,
	});
	response.headers.set('allow', allow);
	return response;
}

/** A small answer that is never cached. */
export function jsonResponse(status: number, body: object): Response {
	const bytes = new TextEncoder().encode(JSON.stringify(body));
	return new Response(bytes, {
		status,
		headers: {
			'content-type': 'application/json',
			'content-length': String(bytes.length),
			'cache-control': 'no-store',
		},
	});
}
