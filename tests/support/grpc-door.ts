// A gRPC door on a free port with everything it serves, in front of a PeerDoor that records.
import { createGrpcTransport } from '@connectrpc/connect-node';
import type { Clock } from '../../edge-server/ports.ts';
import { openGrpcDoor, type GrpcDoorOptions } from '../../edge-server/rpc/grpc-door.ts';
import { createGrpcHealth } from '../../edge-server/rpc/grpc-health.ts';
import { createGrpcReflection } from '../../edge-server/rpc/grpc-reflection.ts';
import { createPeerEdgeService } from '../../edge-server/rpc/peer-edge-service.ts';
import { PeerEdgeService } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { Health } from '../../proto/gen/grpc/health/v1/health_pb.js';
import { ServerReflection } from '../../proto/gen/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as AlphaReflection } from '../../proto/gen/grpc/reflection/v1alpha/reflection_pb.js';
import { createRecordingPeerDoor } from './recording-peer-door.ts';

const clock: Clock = {
	now: () => Date.now(),
	monotonicMs: () => performance.now(),
	after(delayMs: number, callback: () => void) {
		const timer = setTimeout(callback, delayMs);
		return () => {
			clearTimeout(timer);
		};
	},
};

/** `start` opens a door; the test file runs `cleanups`, last first, after each test. */
export function grpcDoorFixture() {
	const cleanups: (() => unknown)[] = [];
	async function start(options: Partial<GrpcDoorOptions> = {}) {
		const peers = createRecordingPeerDoor();
		const logged: string[] = [];
		const logger = {
			info: () => undefined,
			warn: () => undefined,
			error: (message: string) => logged.push(message),
		};
		const health = createGrpcHealth([PeerEdgeService.typeName]);
		const services = [PeerEdgeService, Health, ServerReflection, AlphaReflection];
		const reflection = createGrpcReflection(services);
		const door = await openGrpcDoor({
			address: { host: '127.0.0.1', port: 0 },
			maxConnectionsPerAddress: 20,
			logger,
			routes: (router) =>
				router
					.service(
						PeerEdgeService,
						createPeerEdgeService({ peers, clock, countBytes: () => undefined }),
					)
					.service(Health, health.service)
					.service(ServerReflection, reflection.v1)
					.service(AlphaReflection, reflection.v1alpha),
			...options,
		});
		cleanups.push(() => door.close(300));
		const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${door.port}` });
		return { door, peers, health, logged, transport, address: `127.0.0.1:${door.port}` };
	}

	return { start, cleanups };
}
