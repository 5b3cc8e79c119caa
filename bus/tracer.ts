// The port of tracing: a span is one piece of work with a beginning, an end and an outcome, inside another one
// or another process's. Without an adapter nothing is traced and nothing is paid. otlp-telemetry.ts is one.

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanOptions {
	readonly kind: SpanKind;
	/** Never names of films, never secrets. */
	readonly attributes?: Readonly<Record<string, string | number>>;
	/** The W3C `traceparent` of a caller in another process; what is not one is ignored. */
	readonly parent?: string | undefined;
}

export interface Tracer {
	/** Runs work in a span inside the current one. A rejection is noted with its code, and passed on. */
	span<Result>(name: string, options: SpanOptions, work: () => Promise<Result>): Promise<Result>;
	/** The W3C `traceparent` of the current span, for another process; undefined when there is none. */
	traceParent(): string | undefined;
}

/** Traces nothing. */
export const noTracer: Tracer = {
	span: (_name, _options, work) => work(),
	traceParent: () => undefined,
};
