// The edge lost track of our announcements and wants all of it again.
import type { SnapshotRequest } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { EdgeMessageContext } from './context.ts';

export function snapshotRequest(context: EdgeMessageContext, message: SnapshotRequest): void {
	context.announcer.snapshotRequested(message);
}
