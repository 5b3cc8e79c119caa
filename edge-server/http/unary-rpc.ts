// Connect and gRPC-Web for pages: unary calls of given services as ordinary HTTP requests on the browser
// door. Streams are not served here: fetch cannot carry them both ways.
import { createConnectRouter, type ConnectRouter, type Interceptor } from '@connectrpc/connect';
import { createFetchHandler } from '@connectrpc/connect/protocol';
import type { Route } from './router.ts';

export function createUnaryRpcRoutes(options: {
	routes: (router: ConnectRouter) => void;
	maxBodyBytes: number;
	interceptors: Interceptor[];
}): Route[] {
	const router = createConnectRouter({
		grpc: false,
		readMaxBytes: options.maxBodyBytes,
		interceptors: options.interceptors,
	});
	options.routes(router);
	return router.handlers
		.filter((handler) => handler.method.methodKind === 'unary')
		.map((handler) => {
			const handle = createFetchHandler(handler, { httpVersion: '1.1' });
			return {
				name: 'rpc',
				path: handler.requestPath,
				methods: handler.allowedMethods,
				handle: (request) => handle(request),
			};
		});
}
