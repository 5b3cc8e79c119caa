// A PeerDoor that counts what passes through it and changes nothing.
import { GiggityflixError } from '../../proto/errors.ts';
import type { EdgeMessage } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerDoor, PeerStream } from '../ports.ts';
import type { Metrics } from './metrics.ts';

type Counters = Pick<Metrics, 'countMessage' | 'countMalformed' | 'countReject'>;

export function createMeteredPeerDoor(peers: PeerDoor, metrics: Counters): PeerDoor {
	return {
		open(stream) {
			const { door } = stream;
			const receiver = peers.open(meterStream(stream, metrics));
			return {
				receive(message) {
					metrics.countMessage(door, 'in', message.body.case ?? 'unknown');
					return receiver.receive(message);
				},
				receiveMalformed(error) {
					metrics.countMalformed(door);
					receiver.receiveMalformed(error);
				},
				receiveWebRtc(message) {
					metrics.countMessage(door, 'in', 'webrtc');
					return receiver.receiveWebRtc(message);
				},
				closed: () => receiver.closed(),
			};
		},
		webRtc(caller, message) {
			// Only the gRPC door has calls beside the stream.
			metrics.countMessage('grpc', 'in', 'webrtc');
			return peers.webRtc(caller, message);
		},
	};
}

function meterStream(stream: PeerStream, metrics: Counters): PeerStream {
	const { door, remoteAddress, claimedPeerId, traffic } = stream;
	return {
		door,
		remoteAddress,
		...(claimedPeerId !== undefined && { claimedPeerId }),
		...(traffic !== undefined && { traffic }),
		send(message) {
			metrics.countMessage(door, 'out', message.body.case ?? 'unknown');
			const code = rejectCode(message);
			if (code !== undefined) metrics.countReject(door, code);
			stream.send(message);
		},
		bufferedBytes: () => stream.bufferedBytes(),
		close: (error) => stream.close(error),
	};
}

function rejectCode({ body }: EdgeMessage): string | undefined {
	if (body.case !== 'reject' || body.value.failure === undefined) return undefined;
	return GiggityflixError.fromFailure(body.value.failure).code;
}
