// Carries calls between Node's HTTP/2 server and Connect's handlers. Does what connectNodeAdapter does and
// two things it does not: a request no URL can be made of is answered instead of thrown out of the event
// handler, which would end the process, and a call that broke off is no line on stderr.
import { Code, ConnectError, type ConnectRouter } from '@connectrpc/connect';
import {
	universalRequestFromNodeRequest,
	universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { DefectLog } from './error-interceptor.ts';
import { connectionOf } from './grpc-connection.ts';

export type Http2Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

export function createGrpcExchange(router: ConnectRouter, logger: DefectLog): Http2Handler {
	const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
	type Handler = ConnectRouter['handlers'][number];

	async function carry(
		handle: Handler,
		request: Http2ServerRequest,
		response: Http2ServerResponse,
	): Promise<void> {
		try {
			const connection = connectionOf(request);
			const call = universalRequestFromNodeRequest(request, response, undefined, connection);
			await universalResponseToNodeResponse(await handle(call), response);
		} catch (error) {
			const isGone = request.stream.destroyed || ConnectError.from(error).code === Code.Aborted;
			if (!isGone) {
				logger.error('a call could not be answered', { method: handle.method.name, error });
				request.stream.close();
			}
		}
	}

	return (request, response) => {
		// The peer's end of a stream may break at any time; the call's signal says so to those concerned.
		request.stream.on('error', () => undefined);
		const handle = handlers.get(request.url.replace(/\?.*$/s, ''));
		if (!hasAuthority(request)) respond(response, 400);
		else if (handle === undefined) respond(response, 404);
		else void carry(handle, request, response);
	};
}

/** Whether there is a host that a URL can be made of. */
function hasAuthority({ authority }: Http2ServerRequest): boolean {
	return /^[^\s/?#@\\]+$/.test(authority) && URL.canParse(`http://${authority}/`);
}

function respond(response: Http2ServerResponse, status: number): void {
	response.writeHead(status);
	response.end();
}
