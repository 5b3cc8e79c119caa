// A peer's answer to a file hash request goes to whoever waits for it.
import type { FileHashResponse } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerContext } from './handlers.ts';

export function fileHashResponse(
	{ session, commands }: PeerContext,
	value: FileHashResponse,
): void {
	commands.answered(session, { case: 'fileHash', value });
}
