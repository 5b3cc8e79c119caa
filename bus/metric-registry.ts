// Where the parts of one process put what can be counted, and how Prometheus reads it. The names belong to the
// parts; docs/operations.md lists them.
import { collectDefaultMetrics, Registry } from 'prom-client';

export type MetricRegistry = Registry;

/** An empty registry. */
export function createMetricRegistry(): MetricRegistry {
	return new Registry();
}

/** A registry that has what Node tells of the process already. */
export function openMetricRegistry(): MetricRegistry {
	const registry = new Registry();
	collectDefaultMetrics({ register: registry });
	return registry;
}

/** Bounds for anything between a call in memory and one that nearly timed out, in seconds. */
export const latencyBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5];
