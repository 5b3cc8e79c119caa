// The edge's gRPC door alone in a process, behind it a PeerDoor that assigns an id to every offer and does nothing else.
// Started by grpc-stream.ts; prints its port.
import { create } from '@bufbuild/protobuf';
import { nodeClock as clock } from '../../bus/node-clock.ts';
import { openGrpcDoor } from '../../doors/grpc-door.ts';
import type { PeerDoor } from '../../edge-server/ports.ts';
import { createPeerEdgeService } from '../../edge-server/rpc/peer-edge-service.ts';
import {
	EdgeMessageSchema,
	EdgeWebRTCMessageSchema,
	PeerEdgeService,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';

const answered = async () => create(EdgeWebRTCMessageSchema);

const peers: PeerDoor = {
	open: (stream) => ({
		receive: async ({ body }) => {
			if (body.case !== 'catalogDelta') return;
			const { sequence, upserted } = body.value;
			const assignments = upserted.map(({ offerId }) => ({ offerId, catalogId: offerId }));
			const value = { sequence, assignments };
			stream.send(create(EdgeMessageSchema, { body: { case: 'catalogIdAssignments', value } }));
		},
		receiveMalformed: (error) => stream.close(error),
		receiveWebRtc: answered,
		closed: () => undefined,
	}),
	webRtc: answered,
};
const door = await openGrpcDoor({
	address: { host: '127.0.0.1', port: 0 },
	maxConnectionsPerAddress: 20,
	logger: { error: console.error },
	routes: (router) =>
		router.service(
			PeerEdgeService,
			createPeerEdgeService({ peers, clock, countBytes: () => undefined }),
		),
});
console.log(`port ${door.port}`);
