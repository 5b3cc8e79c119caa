// A PeerDoor without rules: it records what a door hands over and lets the test speak to the peer.
import { create } from '@bufbuild/protobuf';
import type { PeerDoor, PeerStream, PeerStreamReceiver } from '../../edge-server/ports.ts';
import type { GiggityflixError } from '../../proto/errors.ts';
import {
	EdgeWebRTCMessageSchema,
	type EdgeWebRTCMessage,
	type PeerMessage,
	type PeerWebRTCMessage,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';

export interface RecordedStream {
	readonly stream: PeerStream;
	readonly messages: PeerMessage[];
	readonly malformed: GiggityflixError[];
	readonly webRtc: PeerWebRTCMessage[];
	closes: number;
}

export interface RecordingPeerDoor extends PeerDoor {
	readonly streams: RecordedStream[];
	readonly calls: {
		caller: { peerId: string; sessionToken: string };
		message: PeerWebRTCMessage;
	}[];
	/** What WebRTC steps are answered with; throws to fail. */
	answer: () => Promise<EdgeWebRTCMessage>;
	/** What receiving a message waits for. */
	beforeNext: () => Promise<void>;
}

/** Like the rules, it closes a stream on which something malformed came. */
export function createRecordingPeerDoor(): RecordingPeerDoor {
	const door: RecordingPeerDoor = {
		streams: [],
		calls: [],
		answer: async () => create(EdgeWebRTCMessageSchema),
		beforeNext: async () => undefined,
		open(stream): PeerStreamReceiver {
			const recorded: RecordedStream = {
				stream,
				messages: [],
				malformed: [],
				webRtc: [],
				closes: 0,
			};
			door.streams.push(recorded);
			return {
				async receive(message) {
					recorded.messages.push(message);
					await door.beforeNext();
				},
				receiveMalformed(error) {
					recorded.malformed.push(error);
					stream.close(error);
				},
				receiveWebRtc(message) {
					recorded.webRtc.push(message);
					return door.answer();
				},
				closed() {
					recorded.closes += 1;
				},
			};
		},
		webRtc(caller, message) {
			door.calls.push({ caller, message });
			return door.answer();
		},
	};
	return door;
}
