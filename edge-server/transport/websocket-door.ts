// The browser's door: WebSocket frames on /ws to a PeerDoor and back. Owns framing, request ids of the
// unary call, and who may open a socket at all. Knows nothing of what a message means. A stream is a class, since
// there are thousands: they share their methods.
import { create, fromBinary } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	EdgeWebRTCMessageSchema,
	PeerFrameSchema,
	type EdgeFrame,
	type EdgeMessage,
	type EdgeWebRTCMessage,
	type PeerFrame,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { maxFrameBytes } from '../../proto/limits.ts';
import type { PeerDoor, PeerStream, PeerStreamReceiver, Traffic, WebRtcAnswer } from '../ports.ts';
import { createAddressQuota, type Place } from '../../doors/address-quota.ts';
import { encodeEdgeFrame } from './edge-frames.ts';
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
				open: (socket) =>
					new SocketStream(socket, remoteAddress, options, quota.take(remoteAddress)),
			};
		},
	};
}

/** One socket, seen from both sides: the rules send to the stream, the listener tells the handlers. */
class SocketStream implements PeerStream, Traffic, SocketHandlers {
	readonly door = 'websocket';
	readonly remoteAddress: string;
	bytesIn = 0;
	bytesOut = 0;
	readonly #socket: Socket;
	readonly #options: WebSocketDoorOptions;
	readonly #place: Place;
	readonly #receiver: PeerStreamReceiver;

	constructor(socket: Socket, remoteAddress: string, options: WebSocketDoorOptions, place: Place) {
		this.remoteAddress = remoteAddress;
		this.#socket = socket;
		this.#options = options;
		this.#place = place;
		this.#receiver = options.peers.open(this);
	}

	get traffic(): Traffic {
		return this;
	}

	send(message: EdgeMessage): void {
		this.#sendFrame(0, { case: 'message', value: message });
	}

	bufferedBytes(): number {
		return this.#socket.bufferedBytes();
	}

	close(error?: GiggityflixError): void {
		this.#socket.close(error?.closeCode ?? normalClosure, error?.code ?? '');
	}

	message(content: Uint8Array | string): void {
		this.#options.countBytes('in', content.length);
		this.bytesIn += content.length;
		const frame = decodeFrame(content);
		if (frame instanceof GiggityflixError) this.#receiver.receiveMalformed(frame);
		else this.#receive(frame);
	}

	drain(): void {
		// Nothing here waits for room: the rules look at bufferedBytes before they send what can wait.
	}

	closed(): void {
		this.#place.giveBack();
		this.#receiver.closed();
	}

	#sendFrame(requestId: number, content: EdgeFrame['content']): void {
		const bytes = encodeEdgeFrame(requestId, content);
		this.#options.countBytes('out', bytes.length);
		this.bytesOut += bytes.length;
		this.#socket.send(bytes);
	}

	#receive({ requestId, content }: PeerFrame): void {
		switch (content.case) {
			case 'message':
				// A WebSocket cannot be read more slowly; the rules bound what waits.
				void this.#receiver.receive(content.value);
				return;
			case 'webrtc':
				this.#answer(requestId, this.#receiver.receiveWebRtc(content.value));
				return;
			case undefined:
				return;
		}
	}

	#answer(requestId: number, answer: WebRtcAnswer): void {
		if (answer instanceof Promise) {
			void answer.catch(failed).then((value) => this.#answer(requestId, value));
		} else {
			this.#sendFrame(requestId, { case: 'webrtc', value: answer });
		}
	}
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

function failed(error: unknown): EdgeWebRTCMessage {
	return create(EdgeWebRTCMessageSchema, { failure: GiggityflixError.from(error).toFailure() });
}
