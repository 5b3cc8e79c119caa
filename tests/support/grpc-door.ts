// A gRPC door on a free port with everything it serves, in front of a PeerDoor that records.
import { createGrpcTransport } from '@connectrpc/connect-node';
import { connect, type ClientHttp2Session } from 'node:http2';
import { nodeClock as clock } from '../../bus/node-clock.ts';
import { openGrpcDoor, type GrpcDoorOptions } from '../../doors/grpc-door.ts';
import { createGrpcServices } from '../../doors/grpc-services.ts';
import { createPeerEdgeService } from '../../edge-server/rpc/peer-edge-service.ts';
import { PeerEdgeService } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { createRecordingPeerDoor } from './recording-peer-door.ts';

/** `start` opens a door, `dial` connects to one; the test file runs `cleanups`, last first, after each test. */
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
		const peerEdge = createPeerEdgeService({ peers, clock, countBytes: () => undefined });
		const { routes, setServing } = createGrpcServices({
			described: [PeerEdgeService],
			routes: (router) => router.service(PeerEdgeService, peerEdge),
		});
		const door = await openGrpcDoor({
			address: { host: '127.0.0.1', port: 0 },
			maxConnectionsPerAddress: 20,
			logger,
			routes,
			...options,
		});
		cleanups.push(() => door.close(300));
		const transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${door.port}` });
		return { door, peers, setServing, logged, transport, address: `127.0.0.1:${door.port}` };
	}

	/** A bare HTTP/2 connection to a door, which may be broken off. */
	function dial(port: number): ClientHttp2Session {
		const session = connect(`http://127.0.0.1:${port}`);
		session.on('error', () => undefined);
		cleanups.push(() => {
			session.destroy();
		});
		return session;
	}

	return { start, dial, cleanups };
}
