// Whether this program tells a collector what it does. Without OTEL_EXPORTER_OTLP_ENDPOINT it does not, and not a
// line of OpenTelemetry's SDK is loaded.
import type { MetricRegistry } from './metric-registry.ts';
import { noTracer, type Tracer } from './tracer.ts';

export interface TelemetryOptions {
	/** What kind of program this is: "giggityflix-edge". */
	readonly service: string;
	/** Which one of its kind. */
	readonly instance: string;
	readonly version: string;
	/** Its metrics are sent as they are. */
	readonly registry: MetricRegistry;
	readonly clock: {
		now(): number;
		after(delayMs: number, callback: () => void): () => void;
	};
}

export interface Telemetry {
	readonly tracer: Tracer;
	/** Sends what waits, for a moment at most. */
	close(): Promise<void>;
}

/** `endpoint` is the collector's base URL; traces go to /v1/traces below it, metrics to /v1/metrics. */
export async function openTelemetry(
	endpoint: string | undefined,
	options: TelemetryOptions,
): Promise<Telemetry> {
	if (endpoint === undefined) return { tracer: noTracer, close: async () => undefined };
	const { openOtlpTelemetry } = await import('./otlp-telemetry.ts');
	return openOtlpTelemetry(endpoint, options);
}
