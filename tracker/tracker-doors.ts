// The doors of a tracker that is a program of its own: gRPC for edges, with health and reflection, and plain HTTP
// for probes and metrics. Owns the order of opening and closing.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address, TlsFiles } from '../bus/configuration.ts';
import type { MetricRegistry } from '../bus/metric-registry.ts';
import type { DefectLog } from '../doors/error-interceptor.ts';
import { openGrpcDoor } from '../doors/grpc-door.ts';
import { createGrpcServices } from '../doors/grpc-services.ts';
import { TrackerService } from '../proto/gen/giggityflix/v1/tracker_pb.js';
import type { Tracker } from './tracker.ts';

/** A renewal names up to 5,000 leases of some 200 bytes. */
const maxMessageBytes = 4 * 1024 * 1024;
/** Edges are few, and all of them may be behind one address. */
const maxConnectionsPerAddress = 10_000;
const closeGraceMs = 3_000;

export interface TrackerDoors {
	readonly grpcPort: number;
	readonly httpPort: number;
	/** Whether probes and health checks are told that edges may call. */
	setServing(isServing: boolean): void;
	close(): Promise<void>;
}

interface Options {
	readonly tracker: Pick<Tracker, 'routes'>;
	/** What /metrics serves. */
	readonly registry: MetricRegistry;
	readonly grpc: Address;
	readonly http: Address;
	readonly tls?: TlsFiles;
	readonly logger: DefectLog;
}

/** Throws when an address is taken; nothing stays open then. Not serving at first. */
export async function openTrackerDoors(options: Options): Promise<TrackerDoors> {
	const { tracker, registry, tls, logger } = options;
	let isServing = false;
	const services = createGrpcServices({
		described: [TrackerService],
		routes: (router) => tracker.routes(router),
	});
	const probes = createProbes(registry, () => isServing);
	await listen(probes, options.http);
	try {
		const grpc = await openGrpcDoor({
			address: options.grpc,
			maxConnectionsPerAddress,
			maxMessageBytes,
			routes: services.routes,
			logger,
			...(tls !== undefined && { tls }),
		});
		return {
			grpcPort: grpc.port,
			httpPort: (probes.address() as AddressInfo).port,
			setServing: (value) => {
				isServing = value;
				services.setServing(value);
			},
			close: async () => {
				await grpc.close(closeGraceMs);
				await closeProbes(probes);
			},
		};
	} catch (error) {
		await closeProbes(probes);
		throw error;
	}
}

function createProbes(registry: MetricRegistry, isServing: () => boolean): Server {
	const pages: Partial<
		Record<string, () => Promise<[status: number, type: string, text: string]>>
	> = {
		'/healthz': async () => [200, 'application/json', '{"status":"alive"}\n'],
		'/readyz': async () =>
			isServing()
				? [200, 'application/json', '{"status":"ready"}\n']
				: [503, 'application/json', '{"status":"not serving"}\n'],
		'/metrics': async () => [200, registry.contentType, await registry.metrics()],
	};
	return createServer((request, response) => {
		const page = request.method === 'GET' ? pages[request.url ?? ''] : undefined;
		const answer = page?.() ?? Promise.resolve([404, 'text/plain', 'not found\n'] as const);
		answer.then(
			([status, type, text]) => {
				response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
				response.end(text);
			},
			() => {
				response.writeHead(500).end();
			},
		);
	});
}

async function listen(server: Server, { host, port }: Address): Promise<void> {
	server.listen({ host, port });
	await once(server, 'listening');
}

async function closeProbes(server: Server): Promise<void> {
	const closed = once(server, 'close');
	server.close();
	server.closeAllConnections();
	await closed;
}
