// The yardstick of the gRPC door: @grpc/grpc-js with @grpc/proto-loader, as its documentation has it, answering the same
// messages in the same words. Started by grpc-stream.ts; prints its port.
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';

interface Delta {
	readonly catalogDelta: { sequence: number; upserted: { offerId: string }[] };
}

const definition = loadSync('giggityflix/v1/peer_edge.proto', {
	includeDirs: [fileURLToPath(new URL('../../proto', import.meta.url))],
	longs: Number,
	oneofs: true,
});
const service = definition['giggityflix.v1.PeerEdgeService'] as grpc.ServiceDefinition;
const server = new grpc.Server();
server.addService(service, {
	asyncOperations: (call: grpc.ServerDuplexStream<Delta, object>) => {
		call.on('data', ({ catalogDelta: { sequence, upserted } }: Delta) => {
			const assignments = upserted.map(({ offerId }) => ({ offerId, catalogId: offerId }));
			call.write({ catalogIdAssignments: { sequence, assignments } });
		});
		call.on('end', () => call.end());
	},
	webRtcOperations: (_: unknown, answer: grpc.sendUnaryData<object>) => answer(null, {}),
});
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
	if (error) throw error;
	console.log(`port ${port}`);
});
