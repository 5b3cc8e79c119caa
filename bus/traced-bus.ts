// A bus whose events carry their trace from publisher to handler, and whose handlers log with the event's id.
// The seal writes the trace into the envelope (event-envelope.ts); this reads it. Works in front of any adapter.
import { withLogFields } from './log-context.ts';
import type { MessageBus } from './message-bus.ts';
import type { Tracer } from './tracer.ts';

export function createTracedBus(bus: MessageBus, tracer: Tracer): MessageBus {
	return {
		publish: (topic, key, body) =>
			tracer.span(`publish ${topic}`, { kind: 'producer', attributes: spanOf(topic) }, () =>
				bus.publish(topic, key, body),
			),
		subscribe: (options) =>
			bus.subscribe({
				...options,
				handle: (event, topic) => {
					const { eventId, traceParent } = event;
					const parent = traceParent === '' ? undefined : traceParent;
					const attributes = { ...spanOf(topic), 'messaging.consumer.group.name': options.group };
					return withLogFields({ eventId }, () =>
						tracer.span(`process ${topic}`, { kind: 'consumer', attributes, parent }, () =>
							options.handle(event, topic),
						),
					);
				},
			}),
		close: () => bus.close(),
	};
}

function spanOf(topic: string) {
	return { 'messaging.destination.name': topic };
}
