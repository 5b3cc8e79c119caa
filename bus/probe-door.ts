// Plain HTTP for those who watch a program: /healthz, /readyz and /metrics. For programs that serve nothing else over HTTP.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from './configuration.ts';
import type { MetricRegistry } from './metric-registry.ts';

export interface ProbeDoor {
	readonly port: number;
	close(): Promise<void>;
}

/** Throws when the address is taken. */
export async function openProbeDoor(options: {
	readonly address: Address;
	/** What /metrics serves. */
	readonly registry: MetricRegistry;
	/** What /readyz says. */
	readonly isServing: () => boolean;
}): Promise<ProbeDoor> {
	const { host, port } = options.address;
	const server = createProbes(options.registry, options.isServing);
	server.listen({ host, port });
	await once(server, 'listening');
	return {
		port: (server.address() as AddressInfo).port,
		close: async () => {
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
		},
	};
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
