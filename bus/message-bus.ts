// The port every program speaks to the bus through. At least once, in order for one key, asynchronous,
// encoded: an adapter may not be kinder than Kafka. Knows nothing of what an event means.
import type { BusEvent } from '../proto/gen/giggityflix/v1/events_pb.js';
import type { Topic } from './topics.ts';

/** What is published, without what the bus adds: `eventId`, `producer`, `sequence`, `occurredAtMs`. */
export type EventBody = Exclude<BusEvent['body'], { case: undefined }>;

export interface MessageBus {
	/** Resolves when the event is stored by the bus. Events of one key are delivered in this order. */
	publish(topic: Topic, key: string, body: EventBody): Promise<void>;

	/**
	 * Delivers events from now on, one at a time for one key. Members of one `group` share the topics; each
	 * group sees everything. A handler that throws gets the event again (after a growing delay, three tries), then
	 * it is put aside and reported, and the next one follows. Handlers are idempotent.
	 */
	subscribe(options: {
		group: string;
		topics: readonly Topic[];
		handle: (event: BusEvent, topic: Topic) => Promise<void>;
		/**
		 * Does the work of `handle` for events of one key that wait one behind the other, in their order. An adapter may use
		 * it where it has several at hand. When it throws, each of them is given to `handle`, from the first on.
		 */
		handleTogether?: (events: readonly BusEvent[], topic: Topic) => Promise<void>;
	}): Promise<Subscription>;

	/** Stops deliveries, waits for running handlers, lets go of connections. */
	close(): Promise<void>;
}

/** What a subscriber does with events. */
export type Handlers = Pick<Parameters<MessageBus['subscribe']>[0], 'handle' | 'handleTogether'>;

export interface Subscription {
	/** Stops this subscription and waits for its running handlers. */
	close(): Promise<void>;
}
