// The browser's door: WebSocket frames on /ws to a PeerDoor and back. Owns framing, request ids of the
// unary call, and who may open a socket at all. Knows nothing of what a message means.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	EdgeFrameSchema,
	EdgeWebRTCMessageSchema,
	PeerFrameSchema,
	type EdgeFrame,
	type EdgeWebRTCMessage,
	type PeerFrame,
	type PeerWebRTCMessage,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { maxFrameBytes } from '../../proto/limits.ts';
import type { PeerDoor, PeerStream, PeerStreamReceiver, Traffic } from '../ports.ts';
import { createAddressQuota } from '../../doors/address-quota.ts';
import type { Socket, SocketHandlers, SocketRoute, UpgradeDecision } from './listener.ts';
import { isOriginAllowed } from './origin-check.ts';

/**
 * The listener cuts a connection without a word above its limit, so it is given twice the frame size: what
 * is a little too large gets a typed refusal, and nobody can make the process hold more than this.
 */
const maxPayloadBytes = 2 * maxFrameBytes;
/** Above what session rules let a slow peer have (1 MiB), so that theirs, with a reason, comes first. */
const maxBufferedBytes = 2 * 1024 * 1024;
const normalClosure = 1000;

export interface WebSocketDoorOptions {
	readonly peers: PeerDoor;
	readonly allowedOrigins: readonly string[];
	readonly maxConnectionsPerAddress: number;
	/** A network that is lost without a goodbye is noticed after this. */
	readonly idleTimeoutMs: number;
	readonly countBytes: (direction: 'in' | 'out', sizeBytes: number) => void;
}

/** The route to mount on /ws. */
export function createWebSocketDoor(options: WebSocketDoorOptions): SocketRoute {
	const quota = createAddressQuota(options.maxConnectionsPerAddress);
	return {
		maxPayloadBytes,
		maxBufferedBytes,
		idleTimeoutMs: options.idleTimeoutMs,
		decide({ headers, remoteAddress, isSecure }): UpgradeDecision {
			const claim = { origin: headers.get('origin'), hostHeader: headers.get('host'), isSecure };
			if (!isOriginAllowed(claim, options.allowedOrigins)) {
				return { kind: 'refuse', status: 403, reason: 'this origin may not connect' };
			}
			if (!quota.hasRoom(remoteAddress)) {
				return { kind: 'refuse', status: 429, reason: 'too many connections from this address' };
			}
			return {
				kind: 'accept',
				// The place is taken here and not above: a handshake may still fail after the decision.
				open: (socket) => openStream(socket, remoteAddress, quota.take(remoteAddress), options),
			};
		},
	};
}

function openStream(
	socket: Socket,
	remoteAddress: string,
	release: () => void,
	{ peers, countBytes }: WebSocketDoorOptions,
): SocketHandlers {
	const traffic: Traffic = { bytesIn: 0, bytesOut: 0 };
	const send = (requestId: number, content: EdgeFrame['content']): void => {
		const bytes = toBinary(EdgeFrameSchema, create(EdgeFrameSchema, { requestId, content }));
		countBytes('out', bytes.length);
		traffic.bytesOut += bytes.length;
		socket.send(bytes);
	};
	const stream: PeerStream = {
		door: 'websocket',
		remoteAddress,
		traffic,
		send: (message) => {
			send(0, { case: 'message', value: message });
		},
		bufferedBytes: () => socket.bufferedBytes(),
		close: (error) => {
			socket.close(error?.closeCode ?? normalClosure, error?.code ?? '');
		},
	};
	const receiver = peers.open(stream);
	return {
		message(content) {
			countBytes('in', content.length);
			traffic.bytesIn += content.length;
			const frame = decodeFrame(content);
			if (frame instanceof GiggityflixError) receiver.receiveMalformed(frame);
			else receive(frame, receiver, send);
		},
		// Nothing here waits for room: the rules look at bufferedBytes before they send what can wait.
		drain: () => undefined,
		closed() {
			release();
			receiver.closed();
		},
	};
}

function decodeFrame(content: Uint8Array | string): PeerFrame | GiggityflixError {
	if (typeof content === 'string') {
		return new GiggityflixError('invalid-argument', 'a text frame; frames are binary');
	}
	if (content.length > maxFrameBytes) {
		return new GiggityflixError('resource-exhausted', `a frame of ${content.length} bytes`);
	}
	try {
		const frame = fromBinary(PeerFrameSchema, content);
		if (frame.content.case !== undefined) return frame;
		return new GiggityflixError('invalid-argument', 'a frame without content');
	} catch (cause) {
		return new GiggityflixError('invalid-argument', 'a frame that is not a PeerFrame', { cause });
	}
}

function receive(
	{ requestId, content }: PeerFrame,
	receiver: PeerStreamReceiver,
	send: (requestId: number, content: EdgeFrame['content']) => void,
): void {
	switch (content.case) {
		case 'message':
			// A WebSocket cannot be read more slowly; the rules bound what waits.
			void receiver.receive(content.value);
			return;
		case 'webrtc':
			answerWebRtc(receiver, content.value, (value) => {
				send(requestId, { case: 'webrtc', value });
			});
			return;
		case undefined:
			return;
	}
}

function answerWebRtc(
	receiver: PeerStreamReceiver,
	message: PeerWebRTCMessage,
	answer: (value: EdgeWebRTCMessage) => void,
): void {
	const answered = receiver.receiveWebRtc(message);
	if (!(answered instanceof Promise)) {
		answer(answered);
		return;
	}
	void answered
		.catch((error: unknown) => {
			const failure = GiggityflixError.from(error).toFailure();
			return create(EdgeWebRTCMessageSchema, { failure });
		})
		.then(answer);
}
