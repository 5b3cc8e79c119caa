// A peer's answer to a remap request goes to whoever waits for it.
import type { FileRemapResponse } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerContext } from './handlers.ts';

export function fileRemapResponse(
	{ session, commands }: PeerContext,
	value: FileRemapResponse,
): void {
	commands.answered(session, { case: 'fileRemap', value });
}
