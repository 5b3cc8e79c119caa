// Handlers run in a span and know their event in the log. otlp-telemetry.test.ts follows real traces.
import { create } from '@bufbuild/protobuf';
import { expect, it, vi } from 'vitest';
import { currentLogFields } from '../../../bus/log-context.ts';
import type { MessageBus } from '../../../bus/message-bus.ts';
import { defaultTopics } from '../../../bus/topics.ts';
import { createTracedBus } from '../../../bus/traced-bus.ts';
import { noTracer, type Tracer } from '../../../bus/tracer.ts';
import { BusEventSchema } from '../../../proto/gen/giggityflix/v1/events_pb.js';

it('handles events together in the trace of the first', async () => {
	const bus = { ...noBus, subscribe: vi.fn(noBus.subscribe) };
	const spans: unknown[] = [];
	const tracer: Tracer = {
		...noTracer,
		span: (name, options, work) => {
			spans.push([name, options]);
			return work();
		},
	};
	const handled: unknown[] = [];
	const topic = defaultTopics.peerCatalogUpdated;
	await createTracedBus(bus, tracer).subscribe({
		group: 'g',
		topics: [topic],
		handle: async () => undefined,
		handleTogether: async (events) => void handled.push([events.length, currentLogFields()]),
	});
	const events = ['a', 'b'].map((name) =>
		create(BusEventSchema, { eventId: name, traceParent: `trace of ${name}` }),
	);
	await bus.subscribe.mock.lastCall?.[0].handleTogether?.(events, topic);
	expect(handled).toEqual([[2, { eventId: 'a' }]]);
	expect(spans).toMatchObject([
		[
			`process ${topic}`,
			{ parent: 'trace of a', attributes: { 'messaging.batch.message_count': 2 } },
		],
	]);
});

it('leaves it to the bus to hand over one by one where nothing else is taken', async () => {
	const bus = { ...noBus, subscribe: vi.fn(noBus.subscribe) };
	await createTracedBus(bus, noTracer).subscribe({
		group: 'g',
		topics: [],
		handle: async () => undefined,
	});
	expect(bus.subscribe.mock.lastCall?.[0]).not.toHaveProperty('handleTogether');
});

const noBus: MessageBus = {
	publish: async () => undefined,
	subscribe: async () => ({ close: async () => undefined }),
	close: async () => undefined,
};
