// The bus of a cluster: Apache Kafka through kafkajs. Order for one key and at least once, as memory-bus.ts
// has them, across processes and their crashes. bus/kafka/ has the parts, and is all that knows kafkajs.
import { toBinary } from '@bufbuild/protobuf';
import { GiggityflixError } from '../proto/errors.ts';
import { BusEventSchema } from '../proto/gen/giggityflix/v1/events_pb.js';
import { createEventSeal } from './event-envelope.ts';
import { createAdministration, type Administration } from './kafka/administration.ts';
import type { DeliveryObserver } from './kafka/batch-delivery.ts';
import { startConsumerRun, type ConsumerTiming } from './kafka/consumer-run.ts';
import { createDeadLetters, type PutAside } from './kafka/dead-letters.ts';
import { createEventOutbox } from './kafka/event-outbox.ts';
import { createKafkaClient, type Kafka } from './kafka/kafka-client.ts';
import { superviseConsumer } from './kafka/supervised-consumer.ts';
import type { KafkaAccess } from './kafka-settings.ts';
import type { MessageBus, Subscription } from './message-bus.ts';
import type { Clock, Logger, RandomBytes } from './ports.ts';
import type { Topic } from './topics.ts';
import type { Tracer } from './tracer.ts';

/** When events, members and requests count as lost. Tests wait less. */
export interface KafkaBusTiming extends ConsumerTiming {
	/** How long `publish` waits for a broker to take the event, and `subscribe` to join, before they reject. */
	readonly deliveryTimeoutMs: number;
}

/**
 * Half a second of heartbeat keeps a rebalance near a second; ten seconds of silence are more than a
 * garbage collection and less than a person waits. A broker restarts within the delivery time.
 */
const defaultTiming: KafkaBusTiming = {
	sessionTimeoutMs: 10_000,
	rebalanceTimeoutMs: 15_000,
	heartbeatIntervalMs: 500,
	deliveryTimeoutMs: 20_000,
};

export interface KafkaBusOptions extends KafkaAccess {
	/** Name of this program in the events and in the brokers' logs, for example the edge id. */
	readonly producer: string;
	/** Partitions of a topic that has to be created. */
	readonly topicPartitions: number;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
	/** The trace that events carry; none when not given. */
	readonly tracer?: Pick<Tracer, 'traceParent'>;
	readonly timing?: Partial<KafkaBusTiming>;
}

/** How far one group of this process is behind in one topic. */
export interface ConsumerLag {
	readonly group: string;
	readonly topic: Topic;
	/** Events stored that the group has not finished yet. */
	readonly events: number;
}

/** Since the bus was made. */
export interface KafkaBusCounts {
	readonly published: number;
	readonly delivered: number;
	readonly retried: number;
	/** Events moved to a dead-letter topic. Anything above zero deserves a look into the log. */
	readonly putAside: number;
	/** Consumers that were started again after a crash or a stall. */
	readonly restarts: number;
	/** Events that wait for a broker to take them, now. */
	readonly waiting: number;
}

export interface KafkaBus extends MessageBus {
	counts(): KafkaBusCounts;
	/** Asks the brokers how far the groups subscribed here are behind. Rejects with `unavailable`. */
	lag(): Promise<ConsumerLag[]>;
}

type Counts = Record<Exclude<keyof KafkaBusCounts, 'waiting'>, number>;

/**
 * Connects at the first use. `publish` and `subscribe` reject with `unavailable` when no broker answers; a
 * subscription that stands survives everything. All members of a group subscribe to the same topics. A
 * handler must not hold an event for long: the partitions fetched with it wait.
 */
export function createKafkaBus(options: KafkaBusOptions): KafkaBus {
	const { clock, logger, producer } = options;
	const timing = { ...defaultTiming, ...options.timing };
	const kafka = createKafkaClient({ ...options, clientId: producer });
	const administration = createAdministration(kafka, options.topicPartitions);
	const { deliveryTimeoutMs } = timing;
	const outbox = createEventOutbox({ kafka, administration, clock, logger, deliveryTimeoutMs });
	const putAside = createDeadLetters(outbox);
	const seal = createEventSeal(options);
	const subscriptions = new Map<Subscription, SubscribeOptions>();
	const counts: Counts = { published: 0, delivered: 0, retried: 0, putAside: 0, restarts: 0 };
	const parts: Parts = { ...options, timing, kafka, administration, putAside, counts };
	let isClosed = false;

	function assertOpen(): void {
		if (isClosed) throw new GiggityflixError('unavailable', 'the bus is closed');
	}

	return {
		async publish(topic, key, body) {
			assertOpen();
			const value = Buffer.from(toBinary(BusEventSchema, seal(body)));
			await outbox.send({ topic, key, value });
			counts.published += 1;
		},

		async subscribe(wanted) {
			assertOpen();
			const supervised = await openConsumer(parts, wanted);
			// The bus may have closed while the group was joined.
			if (isClosed) await supervised.close();
			assertOpen();
			const subscription: Subscription = {
				close() {
					subscriptions.delete(subscription);
					return supervised.close();
				},
			};
			subscriptions.set(subscription, wanted);
			return subscription;
		},

		async close() {
			isClosed = true;
			await Promise.all([...subscriptions.keys()].map((subscription) => subscription.close()));
			await outbox.close();
			await administration.close();
		},

		counts: () => ({ ...counts, waiting: outbox.waiting() }),

		async lag() {
			const questions = [...subscriptions.values()].flatMap(({ group, topics }) =>
				topics.map(async (topic) => {
					const events = await administration.lag(group, topic);
					return { group, topic, events };
				}),
			);
			return Promise.all(questions);
		},
	};
}

type SubscribeOptions = Parameters<MessageBus['subscribe']>[0];

interface Parts extends Omit<KafkaBusOptions, 'timing'> {
	readonly timing: KafkaBusTiming;
	readonly kafka: Kafka;
	readonly administration: Administration;
	readonly putAside: PutAside;
	readonly counts: Counts;
}

function openConsumer(parts: Parts, wanted: SubscribeOptions): Promise<Subscription> {
	const { timing, administration, counts, logger } = parts;
	const { group, topics } = wanted;
	const observer = observe(group, counts, logger);
	return superviseConsumer({
		...parts,
		group,
		start: async () => {
			await administration.ensureTopics(topics);
			return startConsumerRun({ ...parts, ...wanted, observer });
		},
		startTimeoutMs: timing.deliveryTimeoutMs,
		stalledAfterMs: timing.rebalanceTimeoutMs + timing.sessionTimeoutMs,
		onRestart: () => {
			counts.restarts += 1;
			administration.forgetTopics();
		},
	});
}

function observe(group: string, counts: Counts, logger: Logger): DeliveryObserver {
	return {
		delivered(events) {
			counts.delivered += events;
		},
		heldUp({ topic, partition, message: { offset } }, heldMs) {
			const seconds = Math.floor(heldMs / 1_000);
			logger.warn('event handler does not return', { group, topic, partition, offset, seconds });
		},
		retrying({ topic, partition, message: { offset } }, { code, message }) {
			counts.retried += 1;
			logger.info('event handler failed, trying again', {
				group,
				topic,
				partition,
				offset,
				code,
				error: message,
			});
		},
		putAside({ topic, partition, message: { offset } }, { code, message }) {
			counts.putAside += 1;
			logger.warn('event put aside', { group, topic, partition, offset, code, error: message });
		},
	};
}
