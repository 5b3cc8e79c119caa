// A peer's answer to a file delete request goes to whoever waits for it.
import type { FileDeleteResponse } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerContext } from './handlers.ts';

export function fileDeleteResponse(
	{ session, commands }: PeerContext,
	value: FileDeleteResponse,
): void {
	commands.answered(session, { case: 'fileDelete', value });
}
