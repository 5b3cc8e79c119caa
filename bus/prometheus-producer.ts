// What Prometheus reads, for a collector that is sent metrics: the registry's counters, gauges and histograms in
// OpenTelemetry's shape. One set of metrics, two ways out. Part of otlp-telemetry.ts.
import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
	AggregationTemporality,
	DataPointType,
	type DataPoint,
	type MetricData,
	type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import type { MetricObjectWithValues, MetricValueWithName } from 'prom-client';
import type { MetricRegistry } from './metric-registry.ts';

interface Deps {
	readonly registry: MetricRegistry;
	readonly clock: { now(): number };
	readonly resource: Resource;
}

type PromMetric = MetricObjectWithValues<MetricValueWithName<string>>;
interface Span {
	readonly startTime: HrTime;
	readonly endTime: HrTime;
}

export function createPrometheusProducer({ registry, clock, resource }: Deps): MetricProducer {
	const startTime = toHrTime(clock.now());
	return {
		collect: async () => {
			const metrics = (await registry.getMetricsAsJSON()) as PromMetric[];
			const span = { startTime, endTime: toHrTime(clock.now()) };
			const scopeMetrics = [
				{
					scope: { name: 'giggityflix' },
					metrics: metrics.flatMap((metric) => toMetricData(metric, span)),
				},
			];
			return { resourceMetrics: { resource, scopeMetrics }, errors: [] };
		},
	};
}

/** Summaries have no counterpart; there are none in our registries. */
function toMetricData(metric: PromMetric, span: Span): MetricData[] {
	const { name, help, type, values } = metric;
	const described = {
		descriptor: { name, description: help, unit: '', valueType: ValueType.DOUBLE },
		aggregationTemporality: AggregationTemporality.CUMULATIVE,
	};
	const points = (): DataPoint<number>[] =>
		values.map(({ value, labels }) => ({ ...span, value, attributes: toAttributes(labels) }));
	// prom-client types kinds as numbers, and answers words.
	switch (type as unknown as string) {
		case 'counter':
			return [
				{ ...described, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints: points() },
			];
		case 'gauge':
			return [{ ...described, dataPointType: DataPointType.GAUGE, dataPoints: points() }];
		case 'histogram':
			return [
				{
					...described,
					dataPointType: DataPointType.HISTOGRAM,
					dataPoints: toHistograms(values, span),
				},
			];
		default:
			return [];
	}
}

interface Series {
	readonly attributes: Attributes;
	readonly boundaries: number[];
	/** Counts up to each boundary, as Prometheus adds them up. */
	readonly cumulative: number[];
	sum: number;
	count: number;
}

/** Prometheus writes a histogram as many values; those with the same labels are one. */
function toHistograms(values: PromMetric['values'], span: Span) {
	const series = new Map<string, Series>();
	for (const { value, labels, metricName = '' } of values) {
		const { le, ...rest } = labels;
		const attributes = toAttributes(rest);
		const key = JSON.stringify(attributes);
		const known = series.get(key) ?? {
			attributes,
			boundaries: [],
			cumulative: [],
			sum: 0,
			count: 0,
		};
		series.set(key, known);
		if (metricName.endsWith('_sum')) known.sum = value;
		else if (metricName.endsWith('_count')) known.count = value;
		else if (typeof le === 'number') {
			known.boundaries.push(le);
			known.cumulative.push(value);
		}
	}
	return Array.from(series.values(), ({ attributes, boundaries, cumulative, sum, count }) => {
		const upTo = [...cumulative, count];
		const counts = upTo.map((value, index) => value - (upTo[index - 1] ?? 0));
		return { ...span, attributes, value: { buckets: { boundaries, counts }, sum, count } };
	});
}

function toAttributes(labels: PromMetric['values'][number]['labels']): Attributes {
	const entries = Object.entries(labels).filter(([, value]) => value !== undefined);
	return Object.fromEntries(entries);
}

function toHrTime(ms: number): HrTime {
	return [Math.floor(ms / 1000), Math.round((ms % 1000) * 1_000_000)];
}
