// What a handler may know of the HTTP/2 connection its call came on: who is at the other end, and how to
// cut a call whose client does not read. Set by grpc-door.ts, asked for by the peers' stream.
import { createContextKey, createContextValues, type ContextValues } from '@connectrpc/connect';
import { constants, type Http2ServerRequest } from 'node:http2';
import { plainAddress } from './plain-address.ts';

export interface GrpcConnection {
	readonly remoteAddress: string;
	/** Ends the call at once, without a status. */
	cut(): void;
}

export const grpcConnectionKey = createContextKey<GrpcConnection>(
	{ remoteAddress: '', cut: () => undefined },
	{ description: 'the HTTP/2 connection of a call' },
);

export function connectionOf(request: Http2ServerRequest): ContextValues {
	return createContextValues().set(grpcConnectionKey, {
		remoteAddress: plainAddress(request.stream.session?.socket.remoteAddress ?? ''),
		cut: () => {
			request.stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
		},
	});
}
