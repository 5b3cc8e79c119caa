// The doors of a tracker that is a program of its own: gRPC for edges, with health and reflection, and plain HTTP
// for probes and metrics. Owns the order of opening and closing.
import type { Address, TlsFiles } from '../bus/configuration.ts';
import type { MetricRegistry } from '../bus/metric-registry.ts';
import { openProbeDoor } from '../bus/probe-door.ts';
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
	const probes = await openProbeDoor({
		address: options.http,
		registry,
		isServing: () => isServing,
	});
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
			httpPort: probes.port,
			setServing: (value) => {
				isServing = value;
				services.setServing(value);
			},
			close: async () => {
				await grpc.close(closeGraceMs);
				await probes.close();
			},
		};
	} catch (error) {
		await probes.close();
		throw error;
	}
}
