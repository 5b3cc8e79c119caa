// Traces and metrics to an OpenTelemetry collector, by OTLP over HTTP. Loaded only when OTEL_EXPORTER_OTLP_ENDPOINT
// is set (telemetry.ts); the SDK's other variables, OTEL_EXPORTER_OTLP_HEADERS among them, hold as documented there.
import {
	isSpanContextValid,
	ROOT_CONTEXT,
	SpanKind as OtelKind,
	SpanStatusCode,
	trace,
	TraceFlags,
	type Context,
	type SpanContext,
} from '@opentelemetry/api';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { AsyncLocalStorage } from 'node:async_hooks';
import { GiggityflixError } from '../proto/errors.ts';
import { createPrometheusProducer } from './prometheus-producer.ts';
import type { Telemetry, TelemetryOptions } from './telemetry.ts';
import type { SpanKind, Tracer } from './tracer.ts';

const kinds: Record<SpanKind, OtelKind> = {
	internal: OtelKind.INTERNAL,
	server: OtelKind.SERVER,
	client: OtelKind.CLIENT,
	producer: OtelKind.PRODUCER,
	consumer: OtelKind.CONSUMER,
};

const metricsEveryMs = 15_000;
/** An orchestrator kills after 10 s, and a collector that is away must not use them up. */
const closeTimeoutMs = 1_500;

export function openOtlpTelemetry(endpoint: string, options: TelemetryOptions): Telemetry {
	const { service, instance, version, registry, clock } = options;
	const base = endpoint.replace(/\/+$/, '');
	const resource = resourceFromAttributes({
		'service.name': service,
		'service.instance.id': instance,
		'service.version': version,
	});
	const traces = new TracerProvider({
		resource,
		spanProcessors: [
			new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: `${base}/v1/traces` }) }),
		],
	});
	const metrics = new MeterProvider({
		resource,
		readers: [
			new PeriodicExportingMetricReader({
				exporter: new OTLPMetricExporter({ url: `${base}/v1/metrics` }),
				exportIntervalMillis: metricsEveryMs,
				exportTimeoutMillis: metricsEveryMs,
				metricProducers: [createPrometheusProducer({ registry, clock, resource })],
			}),
		],
	});
	return {
		tracer: createOtelTracer(traces),
		close: async () => {
			const flushed = Promise.allSettled([traces.shutdown(), metrics.shutdown()]);
			await Promise.race([
				flushed,
				new Promise((resolve) => clock.after(closeTimeoutMs, () => resolve(undefined))),
			]);
		},
	};
}

function createOtelTracer(provider: TracerProvider): Tracer {
	const otel = provider.getTracer('giggityflix');
	const current = new AsyncLocalStorage<Context>();
	return {
		span: async (name, { kind, attributes = {}, parent }, work) => {
			const caller = parent === undefined ? undefined : readTraceParent(parent);
			const context = caller
				? trace.setSpanContext(ROOT_CONTEXT, caller)
				: (current.getStore() ?? ROOT_CONTEXT);
			const span = otel.startSpan(name, { kind: kinds[kind], attributes }, context);
			try {
				return await current.run(trace.setSpan(context, span), work);
			} catch (caught) {
				span.setStatus({ code: SpanStatusCode.ERROR, message: GiggityflixError.from(caught).code });
				throw caught;
			} finally {
				span.end();
			}
		},
		traceParent: () => {
			const context = current.getStore();
			const span = context && trace.getSpanContext(context);
			return span && writeTraceParent(span);
		},
	};
}

/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00. */
function readTraceParent(text: string): SpanContext | undefined {
	const parts = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text);
	if (!parts) return undefined;
	const [, traceId = '', spanId = '', flags = ''] = parts;
	const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
	const context = { traceId, spanId, traceFlags, isRemote: true };
	return isSpanContextValid(context) ? context : undefined;
}

function writeTraceParent({ traceId, spanId, traceFlags }: SpanContext): string {
	return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}
