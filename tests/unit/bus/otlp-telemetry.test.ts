// Against a collector of our own that takes OTLP as JSON over HTTP, as the exporters send it.
import { create } from '@bufbuild/protobuf';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter, Gauge, Histogram } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../bus/memory-bus.ts';
import { createMetricRegistry } from '../../../bus/metric-registry.ts';
import { nodeClock as clock } from '../../../bus/node-clock.ts';
import { openTelemetry } from '../../../bus/telemetry.ts';
import { defaultTopics } from '../../../bus/topics.ts';
import { createTracedBus } from '../../../bus/traced-bus.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { CatalogAvailabilityChangedSchema } from '../../../proto/gen/giggityflix/v1/events_pb.js';
import { openOtlpCollector } from '../../support/otlp-collector.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
	for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openCollector() {
	const collector = await openOtlpCollector();
	cleanups.push(() => collector.close());
	return collector;
}

const options = () => ({
	service: 'giggityflix-edge',
	instance: 'edge-a',
	version: '1.2.3',
	registry: createMetricRegistry(),
	clock,
});

describe('telemetry', () => {
	it('sends spans with their parents, their failures and who they are of', async () => {
		const collector = await openCollector();
		const { tracer, close } = await openTelemetry(`${collector.endpoint}/`, options());
		expect(tracer.traceParent()).toBeUndefined();
		const failing = tracer.span('outer', { kind: 'server' }, async () => {
			await tracer.span('inner', { kind: 'client' }, async () => undefined);
			throw new GiggityflixError('not-found', 'a private sentence');
		});
		await expect(failing).rejects.toMatchObject({ code: 'not-found' });
		const parent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
		await tracer.span('elsewhere', { kind: 'server', parent }, async () => {
			expect(tracer.traceParent()).toContain('1'.repeat(32));
		});
		await tracer.span('nonsense', { kind: 'server', parent: '00-zz' }, async () => undefined);
		await close();
		const byName = Object.fromEntries(collector.spans.map((span) => [span.name, span]));
		const { outer, inner, elsewhere, nonsense } = byName;
		expect(inner).toMatchObject({ traceId: outer?.traceId, parentSpanId: outer?.spanId });
		expect(outer?.status).toMatchObject({ code: 2, message: 'not-found' });
		expect(elsewhere).toMatchObject({ traceId: '1'.repeat(32), parentSpanId: '2'.repeat(16) });
		expect(nonsense?.traceId).toMatch(/^[0-9a-f]{32}$/);
		expect(JSON.stringify(collector.spans)).not.toContain('private');
		const [service = ''] = collector.services;
		for (const part of ['giggityflix-edge', 'edge-a', '1.2.3']) expect(service).toContain(part);
	});

	it('follows an event from its publisher to its handler', async () => {
		const collector = await openCollector();
		const { tracer, close } = await openTelemetry(collector.endpoint, options());
		const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);
		const logger = { info: () => undefined, warn: () => undefined };
		const memory = createMemoryBus({ producer: 'edge-a', clock, randomBytes, logger, tracer });
		const bus = createTracedBus(memory, tracer);
		const topic = defaultTopics.catalogAvailabilityChanged;
		let handled = 0;
		await bus.subscribe({ group: 'g', topics: [topic], handle: async () => void (handled += 1) });
		const value = create(CatalogAvailabilityChangedSchema);
		await bus.publish(topic, 'key', { case: 'catalogAvailabilityChanged', value });
		await expect.poll(() => handled).toBe(1);
		await bus.close();
		await close();
		const [published] = collector.spans.filter(({ name }) => name === `publish ${topic}`);
		const [processed] = collector.spans.filter(({ name }) => name === `process ${topic}`);
		expect(processed).toMatchObject({
			traceId: published?.traceId,
			parentSpanId: published?.spanId,
		});
	});

	it('sends what Prometheus would read', async () => {
		const collector = await openCollector();
		const given = options();
		const registers = [given.registry];
		new Counter({ name: 'films_total', help: 'Films.', labelNames: ['kind'], registers }).inc(
			{ kind: 'short' },
			3,
		);
		new Gauge({ name: 'seats', help: 'Seats.', registers }).set(7);
		const waits = new Histogram({
			name: 'wait_seconds',
			help: 'Waits.',
			buckets: [1, 5],
			registers,
		});
		for (const seconds of [0.5, 2, 3, 60]) waits.observe(seconds);
		const { close } = await openTelemetry(collector.endpoint, given);
		await close();
		const byName = Object.fromEntries(collector.metrics.map((metric) => [metric.name, metric]));
		expect(byName['films_total']?.sum).toMatchObject({
			isMonotonic: true,
			dataPoints: [{ asDouble: 3, attributes: [{ key: 'kind', value: { stringValue: 'short' } }] }],
		});
		expect(byName['seats']?.gauge?.dataPoints).toMatchObject([{ asDouble: 7 }]);
		expect(byName['wait_seconds']?.histogram?.dataPoints).toMatchObject([
			{ explicitBounds: [1, 5], bucketCounts: [1, 2, 1], count: 4, sum: 65.5 },
		]);
	});

	it('ends soon although the collector does not answer', async () => {
		const silent = createServer(() => undefined).listen(0, '127.0.0.1');
		await once(silent, 'listening');
		cleanups.push(() => {
			silent.closeAllConnections();
			silent.close();
		});
		const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
		const { tracer, close } = await openTelemetry(endpoint, options());
		await tracer.span('lost', { kind: 'internal' }, async () => undefined);
		const startedAtMs = clock.monotonicMs();
		await close();
		expect(clock.monotonicMs() - startedAtMs).toBeLessThan(5_000);
	});
});
