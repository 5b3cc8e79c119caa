// The stream to the edge over a WebSocket, which is what browsers have instead of a bidirectional gRPC
// stream. Every frame is a PeerFrame or an EdgeFrame; request ids join the unary call to its answer.
// Knows nothing of admission or reconnecting.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Clock, EdgeConnection, EdgeTransport } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import {
	EdgeFrameSchema,
	PeerFrameSchema,
	type EdgeFrame,
	type EdgeWebRTCMessage,
	type PeerFrame,
} from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';

/** An edge answers a WebRTC step as soon as it has handed it on; a longer silence is a lost edge. */
const answerTimeoutMs = 10_000;

/** `url` is the edge's socket, for example "wss://films.example/ws". */
export function webSocketEdgeTransport(options: {
	readonly url: string;
	readonly clock: Clock;
}): EdgeTransport {
	const { url, clock } = options;
	return {
		connect: async ({ onMessage, onClose, signal }) => {
			signal.throwIfAborted();
			const socket = new WebSocket(url);
			socket.binaryType = 'arraybuffer';
			await opened(socket, signal);
			return connectionOver(socket, clock, onMessage, onClose);
		},
	};
}

/** How long that may take is the caller's business, by `signal`. */
async function opened(socket: WebSocket, signal: AbortSignal): Promise<void> {
	const settled = new AbortController();
	const options = { signal: settled.signal };
	try {
		await new Promise<void>((resolve, reject) => {
			socket.addEventListener('open', () => resolve(), options);
			// Browsers do not tell a page why a socket did not open.
			const refuse = () =>
				reject(new GiggityflixError('unavailable', 'the edge cannot be reached'));
			socket.addEventListener('error', refuse, options);
			socket.addEventListener('close', refuse, options);
			signal.addEventListener('abort', () => reject(signal.reason as Error), options);
		});
	} catch (caught) {
		socket.close();
		throw caught;
	} finally {
		settled.abort();
	}
}

/** The events of an open socket come as tasks, so none is lost between `open` and the listeners set here. */
function connectionOver(
	socket: WebSocket,
	clock: Clock,
	onMessage: Parameters<EdgeTransport['connect']>[0]['onMessage'],
	onClose: (error: Error) => void,
): EdgeConnection {
	const closed = new AbortController();
	const calls = createCalls(clock);

	/** Nothing is heard of the socket after this. */
	function end(error: Error): void {
		closed.abort();
		calls.failAll(error);
	}

	const send = (frame: PeerFrame) => {
		// After the end a send is lost as it would be on the way; onClose has told or will tell.
		if (socket.readyState === WebSocket.OPEN) socket.send(toBinary(PeerFrameSchema, frame));
	};

	const listening = { signal: closed.signal };
	const lost = (error: Error) => {
		end(error);
		onClose(error);
	};
	socket.addEventListener('close', (event) => lost(errorOfClose(event)), listening);
	socket.addEventListener(
		'message',
		(event: { data: unknown }) => {
			const frame = decode(event.data);
			if (frame === undefined) {
				const error = new GiggityflixError('corrupt', 'the edge sent a malformed frame');
				socket.close(error.closeCode);
				lost(error);
			} else if (frame.content.case === 'message') onMessage(frame.content.value);
			else if (frame.content.case === 'webrtc') {
				calls.answer(frame.requestId, frame.content.value);
			}
		},
		listening,
	);

	return {
		send: (message) =>
			send(create(PeerFrameSchema, { content: { case: 'message', value: message } })),
		sendWebRtc: (message) =>
			closed.signal.aborted
				? Promise.reject(new GiggityflixError('unavailable', 'the connection is closed'))
				: calls.start((requestId) =>
						send(
							create(PeerFrameSchema, {
								requestId,
								content: { case: 'webrtc', value: message },
							}),
						),
					),
		bufferedBytes: () => socket.bufferedAmount,
		close: () => {
			socket.close(1000);
			end(new GiggityflixError('cancelled', 'closed by this peer'));
		},
	};
}

/** Calls that wait for their answer, by request id. */
function createCalls(clock: Clock) {
	interface Call {
		readonly resolve: (answer: EdgeWebRTCMessage) => void;
		readonly reject: (error: Error) => void;
	}
	const waiting = new Map<number, Call>();
	let lastRequestId = 0;

	return {
		start: (sendAs: (requestId: number) => void): Promise<EdgeWebRTCMessage> => {
			// 0 means "no request" on the wire.
			const requestId = (lastRequestId = (lastRequestId % 0xffff_ffff) + 1);
			const settled = new AbortController();
			const answered = new Promise<EdgeWebRTCMessage>((resolve, reject) => {
				waiting.set(requestId, { resolve, reject });
				sendAs(requestId);
				clock.sleep(answerTimeoutMs, settled.signal).then(
					() => reject(new GiggityflixError('timed-out', 'the edge did not answer a step')),
					// Aborted below: the answer came.
					() => undefined,
				);
			});
			return answered.finally(() => {
				waiting.delete(requestId);
				settled.abort();
			});
		},
		answer: (requestId: number, answer: EdgeWebRTCMessage): void => {
			waiting.get(requestId)?.resolve(answer);
		},
		failAll: (error: Error): void => {
			for (const call of waiting.values()) call.reject(error);
		},
	};
}

function decode(content: unknown): EdgeFrame | undefined {
	if (!(content instanceof ArrayBuffer)) return undefined;
	try {
		return fromBinary(EdgeFrameSchema, new Uint8Array(content));
	} catch {
		// The one meaning of a decoding error is a malformed frame, which the caller answers.
		return undefined;
	}
}

/** A code of ours says why; everything else (1006, a proxy's 502) means the edge cannot be reached now. */
function errorOfClose(event: { code: number; reason: string }): GiggityflixError {
	const code = GiggityflixError.codeOfClose(event.code) ?? 'unavailable';
	return new GiggityflixError(code, event.reason || `the socket closed with ${event.code}`);
}
