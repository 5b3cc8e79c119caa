// grpc.health.v1: whether the services of the gRPC door can be called, for load balancers and probes. All
// services have the state of the edge.
import type { ServiceImpl } from '@connectrpc/connect';
import {
	HealthCheckResponse_ServingStatus as Status,
	type Health,
} from '../proto/gen/grpc/health/v1/health_pb.js';
import { GiggityflixError } from '../proto/errors.ts';

export interface GrpcHealth {
	readonly service: ServiceImpl<typeof Health>;
	/** Tells everybody who watches. */
	setServing(isServing: boolean): void;
}

/** Not serving at first. `serviceNames` are full names; the empty name stands for the whole server. */
export function createGrpcHealth(serviceNames: readonly string[]): GrpcHealth {
	const known = new Set(['', ...serviceNames]);
	const watchers = new Set<() => void>();
	let isServing = false;
	const statusOf = (name: string): Status => {
		if (!known.has(name)) return Status.SERVICE_UNKNOWN;
		return isServing ? Status.SERVING : Status.NOT_SERVING;
	};
	return {
		service: {
			check({ service }) {
				if (known.has(service)) return { status: statusOf(service) };
				throw new GiggityflixError('not-found', 'there is no such service');
			},
			async *watch({ service }, { signal }) {
				let told: Status | undefined;
				while (!signal.aborted) {
					const changed = nextChange(watchers, signal);
					const status = statusOf(service);
					if (status !== told) yield { status };
					told = status;
					await changed;
				}
			},
		},
		setServing(value) {
			isServing = value;
			for (const tell of [...watchers]) tell();
		},
	};
}

/** Resolves at the next change, or when the call is over. */
function nextChange(watchers: Set<() => void>, signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		const tell = (): void => {
			watchers.delete(tell);
			signal.removeEventListener('abort', tell);
			resolve();
		};
		watchers.add(tell);
		signal.addEventListener('abort', tell, { once: true });
	});
}
