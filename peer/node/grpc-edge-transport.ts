// The stream to the edge over gRPC, which is what programs use: one HTTP/2 connection a session, with the
// peer's stream and the unary WebRTC steps on it. Knows nothing of admission or reconnecting.
import { create, toBinary } from '@bufbuild/protobuf';
import { createClient, type Client, type Interceptor } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	PeerEdgeService,
	PeerMessageSchema,
	PeerWebRTCMessageSchema,
	type EdgeMessage,
	type PeerMessage,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { maxFrameBytes } from '../../proto/limits.ts';
import type { EdgeConnection, EdgeTransport } from '../ports.ts';

/** An edge answers a WebRTC step as soon as it has handed it on; a longer silence is a lost edge. */
const answerTimeoutMs = 10_000;

export interface GrpcEdgeTransportOptions {
	/** "http://host:port", or "https://…" for TLS. */
	readonly edgeUrl: string;
	/** Certificates to trust instead of Node's own list, in PEM. */
	readonly certificateAuthorities?: string;
	/** Around every call. */
	readonly interceptors?: Interceptor[];
}

export function grpcEdgeTransport(options: GrpcEdgeTransportOptions): EdgeTransport {
	return {
		connect: async ({ peerId, onMessage, onClose, signal }) => {
			const { session, client } = await openClient(options, signal);
			const closed = new AbortController();
			const outgoing = createOutgoing();
			const incoming = client.asyncOperations(outgoing.messages(), {
				headers: { peer_id: peerId },
				signal: closed.signal,
			});
			const end = (error: Error) => {
				closed.abort(error);
				session.abort(error);
			};
			// Begun a turn later: nothing is heard before the caller has the connection.
			setImmediate(() => {
				void listen(incoming, onMessage, closed.signal).then((error) => {
					if (closed.signal.aborted) return;
					end(error);
					onClose(error);
				});
			});
			return connectionOf(client, outgoing, peerId, closed.signal, end);
		},
	};
}

/** A connection that stands. Throws `unavailable` with the reason, and `signal.reason`. */
async function openClient(
	{ edgeUrl, certificateAuthorities: ca, interceptors = [] }: GrpcEdgeTransportOptions,
	signal: AbortSignal,
) {
	signal.throwIfAborted();
	const nodeOptions = ca === undefined ? {} : { ca };
	const session = new Http2SessionManager(edgeUrl, {}, nodeOptions);
	const onAbort = () => session.abort(signal.reason as Error);
	signal.addEventListener('abort', onAbort, { once: true });
	const state = await session.connect();
	signal.removeEventListener('abort', onAbort);
	signal.throwIfAborted();
	if (state === 'error') {
		const cause = session.error();
		const reason = cause instanceof Error ? cause.message : 'no connection';
		throw new GiggityflixError('unavailable', `the edge cannot be reached: ${reason}`, { cause });
	}
	const transport = createGrpcTransport({
		baseUrl: edgeUrl,
		sessionManager: session,
		interceptors,
		readMaxBytes: maxFrameBytes * 2,
	});
	return { session, client: createClient(PeerEdgeService, transport) };
}

function connectionOf(
	client: Client<typeof PeerEdgeService>,
	outgoing: Outgoing,
	peerId: string,
	signal: AbortSignal,
	end: (error: Error) => void,
): EdgeConnection {
	return {
		send: outgoing.push,
		sendWebRtc: async (message, sessionToken) => {
			try {
				return await client.webRTCOperations(create(PeerWebRTCMessageSchema, message), {
					headers: { peer_id: peerId, session_token: sessionToken },
					timeoutMs: answerTimeoutMs,
					signal,
				});
			} catch (caught) {
				throw GiggityflixError.from(caught);
			}
		},
		bufferedBytes: outgoing.bufferedBytes,
		close: () => end(new GiggityflixError('cancelled', 'closed by this peer')),
	};
}

/** Hands on every message and returns why there are no more. */
async function listen(
	incoming: AsyncIterable<EdgeMessage>,
	onMessage: (message: EdgeMessage) => void,
	signal: AbortSignal,
): Promise<GiggityflixError> {
	try {
		for await (const message of incoming) {
			if (!signal.aborted) onMessage(message);
		}
		return new GiggityflixError('unavailable', 'the edge ended the stream');
	} catch (caught) {
		const error = GiggityflixError.from(caught);
		// An edge that cuts its connections says "cancelled", which among us is what one wished oneself.
		if (error.code !== 'cancelled') return error;
		return new GiggityflixError('unavailable', 'the edge cut the stream', { cause: caught });
	}
}

interface Outgoing {
	push(message: PeerMessage): void;
	bufferedBytes(): number;
	/** Read once, by the call that sends. */
	messages(): AsyncGenerator<PeerMessage>;
}

/** What was said and is not yet on the wire; the call takes it at the pace of the connection. */
function createOutgoing(): Outgoing {
	const waiting: { message: PeerMessage; sizeBytes: number }[] = [];
	let bufferedBytes = 0;
	let wake: () => void = () => undefined;
	return {
		push(message) {
			const { length: sizeBytes } = toBinary(PeerMessageSchema, message);
			waiting.push({ message, sizeBytes });
			bufferedBytes += sizeBytes;
			wake();
		},
		bufferedBytes: () => bufferedBytes,
		// Ends with the call that reads it: Connect stops asking when the signal of the call aborts.
		async *messages() {
			for (;;) {
				const next = waiting.shift();
				if (next === undefined) {
					await new Promise<void>((resolve) => {
						wake = resolve;
					});
				} else {
					yield next.message;
					// Connect comes back for more when this one is on the wire.
					bufferedBytes -= next.sizeBytes;
				}
			}
		},
	};
}
