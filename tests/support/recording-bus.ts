// A bus that notes what is published and delivers only what a test hands it. Keeps no order and tries nothing again.
import { create } from '@bufbuild/protobuf';
import type { EventBody, MessageBus } from '../../bus/message-bus.ts';
import type { Topic } from '../../bus/topics.ts';
import { BusEventSchema, type BusEvent } from '../../proto/gen/giggityflix/v1/events_pb.js';

export interface RecordingBus extends MessageBus {
	readonly published: { topic: Topic; key: string; body: EventBody }[];
	/** What publishing waits for; throws to fail. */
	beforeStore: (body: EventBody) => Promise<void>;
	/** Delivers an event to the subscribers of a topic. */
	deliver(topic: Topic, body: EventBody): Promise<void>;
	readonly groups: string[];
	/** The published values of one case. */
	of<Case extends EventBody['case']>(
		eventCase: Case,
	): Extract<EventBody, { case: Case }>['value'][];
}

export function createRecordingBus(): RecordingBus {
	const handlers = new Set<{
		topics: readonly Topic[];
		handle: (event: BusEvent, topic: Topic) => Promise<void>;
	}>();
	const bus: RecordingBus = {
		published: [],
		groups: [],
		beforeStore: async () => undefined,
		async publish(topic, key, body) {
			await bus.beforeStore(body);
			bus.published.push({ topic, key, body });
		},
		async subscribe(options) {
			bus.groups.push(options.group);
			handlers.add(options);
			return { close: async () => void handlers.delete(options) };
		},
		async close() {
			handlers.clear();
		},
		async deliver(topic, body) {
			for (const { topics, handle } of handlers) {
				if (topics.includes(topic)) await handle(create(BusEventSchema, { body }), topic);
			}
		},
		of: (eventCase) =>
			bus.published.flatMap(({ body }) => (body.case === eventCase ? [body.value as never] : [])),
	};
	return bus;
}
