// Sign of life of a peer. That it was heard is noted on arrival (sessions.ts); here it gets its answer.
import type { Heartbeat } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { answerHeartbeat } from '../sessions/heartbeats.ts';
import type { PeerContext } from './handlers.ts';

export function heartbeat({ session, clock }: PeerContext, message: Heartbeat): void {
	const answer = answerHeartbeat(message, clock);
	if (answer !== undefined) session.send({ case: 'heartbeat', value: answer });
}
