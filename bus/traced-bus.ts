// A bus whose events carry their trace from publisher to handler, and whose handlers log with the event's id.
// The seal writes the trace into the envelope (event-envelope.ts); this reads it. Events that are handled together are in
// the trace of the first of them. Works in front of any adapter.
import { withLogFields } from './log-context.ts';
import type { BusEvent } from '../proto/gen/giggityflix/v1/events_pb.js';
import type { MessageBus } from './message-bus.ts';
import type { Topic } from './topics.ts';
import type { Tracer } from './tracer.ts';

export function createTracedBus(bus: MessageBus, tracer: Tracer): MessageBus {
	return {
		publish: (topic, key, body) =>
			tracer.span(`publish ${topic}`, { kind: 'producer', attributes: spanOf(topic) }, () =>
				bus.publish(topic, key, body),
			),
		subscribe: (options) => {
			const { group, handle, handleTogether } = options;
			const traced = (events: readonly BusEvent[], topic: Topic, work: () => Promise<void>) => {
				const { eventId = '', traceParent = '' } = events[0] ?? {};
				const parent = traceParent === '' ? undefined : traceParent;
				const attributes = {
					...spanOf(topic),
					'messaging.consumer.group.name': group,
					...(events.length > 1 && { 'messaging.batch.message_count': events.length }),
				};
				return withLogFields({ eventId }, () =>
					tracer.span(`process ${topic}`, { kind: 'consumer', attributes, parent }, work),
				);
			};
			return bus.subscribe({
				...options,
				handle: (event, topic) => traced([event], topic, () => handle(event, topic)),
				...(handleTogether && {
					handleTogether: (events, topic) =>
						traced(events, topic, () => handleTogether(events, topic)),
				}),
			});
		},
		close: () => bus.close(),
	};
}

function spanOf(topic: string) {
	return { 'messaging.destination.name': topic };
}
