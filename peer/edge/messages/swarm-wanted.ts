// Somebody wants a film of this peer from its swarm. A peer that does not seed says nothing.
import type { SwarmWanted } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeMessageContext } from './context.ts';

export async function swarmWanted(
	context: EdgeMessageContext,
	message: SwarmWanted,
): Promise<void> {
	await context.seeding?.wanted(message);
}
