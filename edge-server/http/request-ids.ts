// Gives every HTTP request its id: the caller's own when it brings a good one. The answer names it, log lines
// carry it, and calls that come as requests hand it on.
import { withLogFields } from '../../bus/log-context.ts';
import { requestIdHeader, requestIdOf } from '../../bus/request-id.ts';
import type { FetchHandler } from '../transport/listener.ts';

export function withRequestId(
	handle: FetchHandler,
	randomBytes: (target: Uint8Array) => void,
): FetchHandler {
	return (request, context) => {
		const requestId = requestIdOf(request.headers, randomBytes);
		request.headers.set(requestIdHeader, requestId);
		return withLogFields({ requestId }, async () => {
			const response = await handle(request, context);
			response.headers.set(requestIdHeader, requestId);
			return response;
		});
	};
}
