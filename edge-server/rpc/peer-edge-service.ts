// PeerEdgeService on top of a PeerDoor: the peers' stream and the unary call of programs. Owns the pace in
// both directions; a peer is read no faster than its messages are handled. Knows no rule of a session.
import { toBinary } from '@bufbuild/protobuf';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	EdgeMessageSchema,
	PeerMessageSchema,
	type EdgeMessage,
	type PeerEdgeService,
	type PeerMessage,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parsePeerId } from '../../proto/ids.ts';
import type { Clock, PeerDoor, PeerStreamReceiver, Traffic } from '../ports.ts';
import { grpcConnectionKey } from '../../doors/grpc-connection.ts';
import { createOutgoingQueue, type OutgoingQueue } from './outgoing-queue.ts';

/** Above what session rules let a slow peer have (1 MiB), so that theirs, with a reason, comes first. */
const maxBufferedBytes = 2 * 1024 * 1024;
/** How long a peer has to read the end of its stream before the stream is cut. */
const closeTimeoutMs = 2_000;

export interface PeerEdgeServiceDeps {
	readonly peers: PeerDoor;
	readonly clock: Clock;
	readonly countBytes: (direction: 'in' | 'out', sizeBytes: number) => void;
}

export function createPeerEdgeService(
	deps: PeerEdgeServiceDeps,
): ServiceImpl<typeof PeerEdgeService> {
	return {
		asyncOperations: (messages, context) => serveStream(messages, context, deps),
		webRTCOperations: (message, context) => {
			const caller = {
				peerId: requiredMetadata(context, 'peer_id'),
				sessionToken: requiredMetadata(context, 'session_token'),
			};
			return deps.peers.webRtc(caller, message);
		},
	};
}

async function* serveStream(
	messages: AsyncIterable<PeerMessage>,
	context: HandlerContext,
	{ peers, clock, countBytes }: PeerEdgeServiceDeps,
): AsyncGenerator<EdgeMessage> {
	const claimedPeerId = parsePeerId(requiredMetadata(context, 'peer_id'));
	const { remoteAddress, cut } = context.values.get(grpcConnectionKey);
	const outgoing = createOutgoingQueue<EdgeMessage>();
	const traffic: Traffic = { bytesIn: 0, bytesOut: 0 };
	const receiver = peers.open({
		door: 'grpc',
		remoteAddress,
		claimedPeerId,
		traffic,
		send(message) {
			// Encoded here for its size alone; Connect encodes it again. Peers of this door are few.
			const sizeBytes = toBinary(EdgeMessageSchema, message).length;
			countBytes('out', sizeBytes);
			traffic.bytesOut += sizeBytes;
			outgoing.push(message, sizeBytes);
			if (outgoing.bufferedBytes() > maxBufferedBytes) cut();
		},
		bufferedBytes: () => outgoing.bufferedBytes(),
		close(error) {
			outgoing.end(error?.toConnectError());
			whenAborted(context.signal, clock.after(closeTimeoutMs, cut));
		},
	});
	// The signal and not `finally` below: a generator whose reader is stuck is never resumed.
	whenAborted(context.signal, () => receiver.closed());
	const counted = countEach(messages, (sizeBytes) => {
		countBytes('in', sizeBytes);
		traffic.bytesIn += sizeBytes;
	});
	void readMessages(counted, receiver, outgoing, context.signal);
	yield* outgoing;
}

/** The size again by encoding: Connect does not tell what a message took. */
async function* countEach(
	messages: AsyncIterable<PeerMessage>,
	count: (sizeBytes: number) => void,
): AsyncGenerator<PeerMessage> {
	for await (const message of messages) {
		count(toBinary(PeerMessageSchema, message).length);
		yield message;
	}
}

async function readMessages(
	messages: AsyncIterable<PeerMessage>,
	receiver: PeerStreamReceiver,
	outgoing: OutgoingQueue<EdgeMessage>,
	signal: AbortSignal,
): Promise<void> {
	try {
		for await (const message of messages) await receiver.receive(message);
		// The peer has said all it will say: its stream is over.
		outgoing.end();
	} catch (error) {
		if (!signal.aborted) receiver.receiveMalformed(malformed(error));
	}
}

function whenAborted(signal: AbortSignal, callback: () => void): void {
	if (signal.aborted) callback();
	else signal.addEventListener('abort', callback, { once: true });
}

/** Connect reports what is too large as such, and bytes that are no message as an internal error. */
function malformed(caught: unknown): GiggityflixError {
	const { code, message } = GiggityflixError.from(caught);
	const isTooLarge = code === 'resource-exhausted';
	return new GiggityflixError(isTooLarge ? code : 'invalid-argument', message, { cause: caught });
}

function requiredMetadata({ requestHeader }: HandlerContext, name: string): string {
	const value = requestHeader.get(name);
	if (value !== null && value !== '') return value;
	throw new GiggityflixError('unauthenticated', `the request metadata lacks ${name}`);
}
