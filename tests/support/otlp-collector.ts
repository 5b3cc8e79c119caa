// An OpenTelemetry collector that keeps what it is sent: OTLP as JSON over HTTP, as the exporters send it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SentSpan {
	readonly name: string;
	readonly traceId: string;
	readonly spanId: string;
	readonly parentSpanId?: string;
	readonly status: { readonly code?: number; readonly message?: string };
}

export interface SentMetric {
	readonly name: string;
	readonly sum?: { readonly dataPoints: readonly object[]; readonly isMonotonic: boolean };
	readonly gauge?: { readonly dataPoints: readonly object[] };
	readonly histogram?: { readonly dataPoints: readonly object[] };
}

export interface OtlpCollector {
	readonly endpoint: string;
	readonly spans: readonly SentSpan[];
	readonly metrics: readonly SentMetric[];
	/** Who sent something, as JSON. */
	readonly services: ReadonlySet<string>;
	/** Requests of any kind. */
	requests(): number;
	close(): void;
}

interface Sent {
	readonly resourceSpans?: readonly {
		readonly resource: unknown;
		readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
	}[];
	readonly resourceMetrics?: readonly {
		readonly resource: unknown;
		readonly scopeMetrics: readonly { readonly metrics: readonly SentMetric[] }[];
	}[];
}

export async function openOtlpCollector(): Promise<OtlpCollector> {
	const spans: SentSpan[] = [];
	const metrics: SentMetric[] = [];
	const services = new Set<string>();
	let requestCount = 0;
	const server = createServer((request, response) => {
		requestCount += 1;
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const { resourceSpans = [], resourceMetrics = [] } = JSON.parse(
				Buffer.concat(chunks).toString(),
			) as Sent;
			for (const { resource } of [...resourceSpans, ...resourceMetrics]) {
				services.add(JSON.stringify(resource));
			}
			for (const { scopeSpans } of resourceSpans) {
				spans.push(...scopeSpans.flatMap((scope) => scope.spans));
			}
			for (const { scopeMetrics } of resourceMetrics) {
				metrics.push(...scopeMetrics.flatMap((scope) => scope.metrics));
			}
			response.setHeader('content-type', 'application/json').end('{}');
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		...{ endpoint: `http://127.0.0.1:${port}`, spans, metrics, services },
		requests: () => requestCount,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}
