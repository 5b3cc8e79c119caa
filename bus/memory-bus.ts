// The bus of one process, no kinder than Kafka: it encodes, delivers later, keeps order for one key of
// one topic only, delivers again when a handler throws, and makes a publisher wait for a group that
// falls behind. It keeps nothing: what nobody subscribes to is gone. kafka-bus.ts replaces it.
import { toBinary } from '@bufbuild/protobuf';
import { GiggityflixError } from '../proto/errors.ts';
import { BusEventSchema } from '../proto/gen/giggityflix/v1/events_pb.js';
import {
	createDeliveryGroup,
	type DeliveryGroup,
	type DeliveryObserver,
} from './delivery-group.ts';
import { createEventSeal } from './event-envelope.ts';
import type { MessageBus, Subscription } from './message-bus.ts';
import type { ConsumerLag } from './metered-bus.ts';
import type { Clock, Logger, RandomBytes } from './ports.ts';
import type { Tracer } from './tracer.ts';

/**
 * Events one group may lag before publishers wait for it. A peer that comes online with 10,000 entries
 * passes at once; at about 200 bytes an event it bounds a stuck group to a few megabytes.
 */
const defaultMaxLag = 20_000;

/** Since the bus was made, summed over groups; `waiting` is now. */
export interface BusCounts {
	readonly published: number;
	readonly delivered: number;
	readonly retried: number;
	/** Events given up after the last try. Anything above zero deserves a look into the log. */
	readonly putAside: number;
	readonly waiting: number;
}

export interface MemoryBus extends MessageBus {
	counts(): BusCounts;
	/** How far the groups are behind, by topic. */
	lag(): Promise<ConsumerLag[]>;
}

export function createMemoryBus(deps: {
	/** Name of this program in the events, for example the edge id. */
	producer: string;
	clock: Clock;
	randomBytes: RandomBytes;
	logger: Logger;
	tracer?: Pick<Tracer, 'traceParent'>;
	maxLag?: number;
}): MemoryBus {
	const { logger, clock, maxLag = defaultMaxLag } = deps;
	const seal = createEventSeal(deps);
	const groups = new Map<string, DeliveryGroup>();
	const subscriptions = new Set<Subscription>();
	const counts = { published: 0, delivered: 0, retried: 0, putAside: 0 };
	let isClosed = false;

	function openGroup(name: string): DeliveryGroup {
		const observer = observe(name, counts, logger);
		const group = groups.get(name) ?? createDeliveryGroup({ clock, observer });
		groups.set(name, group);
		return group;
	}

	function assertOpen(): void {
		if (isClosed) throw new GiggityflixError('unavailable', 'the bus is closed');
	}

	return {
		async publish(topic, key, body) {
			assertOpen();
			const bytes = toBinary(BusEventSchema, seal(body));
			counts.published += 1;
			const receivers = [...groups.values()];
			// Every group gets the event before anyone waits, so waiting cannot change the order of a key.
			for (const group of receivers) group.enqueue({ topic, key, bytes });
			for (const group of receivers) await group.room(maxLag);
		},

		async subscribe({ group: name, ...member }) {
			assertOpen();
			const group = openGroup(name);
			const membership = group.join(member);
			const subscription: Subscription = {
				async close() {
					subscriptions.delete(subscription);
					await membership.close();
					if (!group.hasMembers() && groups.get(name) === group) groups.delete(name);
				},
			};
			subscriptions.add(subscription);
			return subscription;
		},

		async close() {
			isClosed = true;
			await Promise.all([...subscriptions].map((subscription) => subscription.close()));
		},

		counts() {
			const waiting = [...groups.values()].reduce((sum, group) => sum + group.lag(), 0);
			return { ...counts, waiting };
		},

		lag: async () => [...groups].flatMap(([name, group]) => lagOf(name, group)),
	};
}

function lagOf(name: string, group: DeliveryGroup): ConsumerLag[] {
	return Array.from(group.lagByTopic(), ([topic, events]) => ({ group: name, topic, events }));
}

function observe(
	group: string,
	counts: { delivered: number; retried: number; putAside: number },
	logger: Logger,
): DeliveryObserver {
	return {
		delivered(events) {
			counts.delivered += events;
		},
		retrying({ topic, key }, error) {
			counts.retried += 1;
			const { code, message } = GiggityflixError.from(error);
			logger.info('event handler failed, trying again', {
				group,
				topic,
				key,
				code,
				error: message,
			});
		},
		putAside({ topic, key }, error) {
			counts.putAside += 1;
			const { code, message } = GiggityflixError.from(error);
			logger.warn('event put aside', { group, topic, key, code, error: message });
		},
	};
}
