// Where an edge can be reached, as its program prints it when it is ready.
import type { EdgeConfig } from './config.ts';

/** A few lines for a terminal; `name` is the program's. */
export function describeAddresses(
	name: string,
	config: Pick<EdgeConfig, 'http' | 'grpc' | 'tls'>,
	ports: { readonly httpPort: number; readonly grpcPort?: number },
): string {
	const scheme = config.tls === undefined ? 'http' : 'https';
	const isEverywhere = config.http.host === '0.0.0.0' || config.http.host === '::';
	const host = isEverywhere ? 'localhost' : config.http.host;
	const lines = [`  ${name} is ready: ${scheme}://${host}:${ports.httpPort}`];
	if (config.grpc !== undefined) {
		lines.push(`  gRPC ${config.grpc.host}:${ports.grpcPort ?? config.grpc.port}`);
	}
	return `\n${lines.join('\n')}\n`;
}
