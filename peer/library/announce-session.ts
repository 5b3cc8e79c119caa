// One admission at an edge, as far as announcing goes, and how to speak on it without getting in the way.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
	PeerMessageSchema,
	type Limits,
	type PeerMessage,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Clock } from '../ports.ts';
import type { Pace } from './pace.ts';

export interface AnnounceSession {
	readonly edgeId: string;
	/** The last announcement the edge has; 0 for none. */
	readonly catalogSequence: number;
	readonly limits: Limits;
	send(message: PeerMessage): void;
	bufferedBytes(): number;
	/** Aborts when the session ends. */
	readonly signal: AbortSignal;
}

/** More than this waiting in the socket and announcing would stand in the way of signalling. */
const maxBufferedBytes = 256 * 1024;
const bufferPollMs = 50;

/** Sends when the rate and the socket allow. Rejects when the session ends. */
export async function sendGently(
	session: AnnounceSession,
	clock: Clock,
	pace: Pace,
	body: NonNullable<MessageInitShape<typeof PeerMessageSchema>['body']>,
): Promise<void> {
	await pace.turn(session.signal);
	while (session.bufferedBytes() > maxBufferedBytes) {
		await clock.sleep(bufferPollMs, session.signal);
	}
	session.send(create(PeerMessageSchema, { body }));
}
