// A PeerDoor that counts what passes through it and changes nothing. Of each stream it keeps one object, as
// small as can be, since there are thousands.
import { GiggityflixError } from '../../proto/errors.ts';
import type {
	EdgeMessage,
	PeerMessage,
	PeerWebRTCMessage,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerDoor, PeerStream, PeerStreamReceiver, Traffic, WebRtcAnswer } from '../ports.ts';
import type { Metrics } from './metrics.ts';

type Counters = Pick<Metrics, 'countMessage' | 'countMalformed' | 'countReject'>;

export function createMeteredPeerDoor(peers: PeerDoor, counters: Counters): PeerDoor {
	return {
		open: (stream) => new MeteredStream(stream, peers, counters),
		webRtc: (caller, message) => {
			// Only the gRPC door has calls beside the stream.
			counters.countMessage('grpc', 'in', 'webrtc');
			return peers.webRtc(caller, message);
		},
	};
}

/** One stream, seen from both sides: the rules send to it, the door tells it what has come. */
class MeteredStream implements PeerStream, PeerStreamReceiver {
	readonly #stream: PeerStream;
	readonly #receiver: PeerStreamReceiver;
	readonly #counters: Counters;

	constructor(stream: PeerStream, peers: PeerDoor, counters: Counters) {
		this.#stream = stream;
		this.#counters = counters;
		// Rules may send before they answer: what that takes is there.
		this.#receiver = peers.open(this);
	}

	get door(): PeerStream['door'] {
		return this.#stream.door;
	}

	get remoteAddress(): string {
		return this.#stream.remoteAddress;
	}

	get claimedPeerId(): string | undefined {
		return this.#stream.claimedPeerId;
	}

	get traffic(): Readonly<Traffic> | undefined {
		return this.#stream.traffic;
	}

	send(message: EdgeMessage): void {
		this.#counters.countMessage(this.door, 'out', message.body.case ?? 'unknown');
		const code = rejectCode(message);
		if (code !== undefined) this.#counters.countReject(this.door, code);
		this.#stream.send(message);
	}

	bufferedBytes(): number {
		return this.#stream.bufferedBytes();
	}

	close(error?: GiggityflixError): void {
		this.#stream.close(error);
	}

	receive(message: PeerMessage): Promise<void> {
		this.#counters.countMessage(this.door, 'in', message.body.case ?? 'unknown');
		return this.#receiver.receive(message);
	}

	receiveMalformed(error: GiggityflixError): void {
		this.#counters.countMalformed(this.door);
		this.#receiver.receiveMalformed(error);
	}

	receiveWebRtc(message: PeerWebRTCMessage): WebRtcAnswer {
		this.#counters.countMessage(this.door, 'in', 'webrtc');
		return this.#receiver.receiveWebRtc(message);
	}

	closed(): void {
		this.#receiver.closed();
	}
}

function rejectCode({ body }: EdgeMessage): string | undefined {
	if (body.case !== 'reject' || body.value.failure === undefined) return undefined;
	return GiggityflixError.fromFailure(body.value.failure).code;
}
