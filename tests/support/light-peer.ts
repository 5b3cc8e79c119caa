// A peer as light as can be: a socket, a key, an admission. Thousands of them load an edge from one process, and nothing
// but the servers is in what a test measures of one. Knows nothing of libraries and films.
import { create, fromBinary, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { randomBytes } from 'node:crypto';
import { schnorr, secp256k1 } from '@noble/curves/secp256k1.js';
import WebSocket from 'ws';
import {
	EdgeFrameSchema,
	PeerFrameSchema,
	type EdgeFrame,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { helloDigest } from '../../proto/identity.ts';
import { derivePeerId, type PeerId } from '../../proto/ids.ts';
import { protocolVersion } from '../../proto/limits.ts';

export interface LightPeer {
	readonly peerId: PeerId;
	/** Resolves when the edge has admitted the peer. */
	readonly admitted: Promise<unknown>;
	send(frame: MessageInitShape<typeof PeerFrameSchema>): void;
	onFrame: (frame: EdgeFrame) => void;
	close(): void;
}

/** Connects to `/ws` of an edge and proves the key. `localAddress` spreads many peers over loopback addresses. */
export function connectLightPeer(edgeUrl: string, localAddress = '127.0.0.1'): LightPeer {
	const secretKey = randomBytes(32);
	const publicKey = secp256k1.getPublicKey(secretKey, true);
	const peerId = derivePeerId(publicKey);
	const socket = new WebSocket(`${edgeUrl.replace('http', 'ws')}/ws`, {
		localAddress,
		perMessageDeflate: false,
	});
	const admission = Promise.withResolvers<undefined>();
	const peer: LightPeer = {
		peerId,
		admitted: admission.promise,
		send: (frame) => socket.send(toBinary(PeerFrameSchema, create(PeerFrameSchema, frame))),
		onFrame: () => undefined,
		close: () => socket.terminate(),
	};
	socket.on('error', (error) => admission.reject(error));
	socket.on('close', (code) => admission.reject(new Error(`closed with ${code}`)));
	socket.on('message', (bytes: Buffer) => {
		const frame = fromBinary(EdgeFrameSchema, bytes);
		const body = frame.content.case === 'message' ? frame.content.value.body : undefined;
		if (body?.case === 'challenge') {
			const digest = helloDigest(body.value.nonce, body.value.edgeId, peerId);
			const hello = {
				peerId,
				publicKey,
				signature: schnorr.sign(digest, secretKey),
				protocolVersion,
				displayName: 'light',
			};
			peer.send({ content: { case: 'message', value: { body: { case: 'hello', value: hello } } } });
		} else if (body?.case === 'welcome') admission.resolve(undefined);
		else if (body?.case === 'reject') admission.reject(new Error(body.value.failure?.message));
		else peer.onFrame(frame);
	});
	return peer;
}
