// A bus that counts what passes it, by topic, and changes nothing: for Prometheus, and for the operator who
// looks. Works in front of any adapter; how far groups are behind is the adapter's to say.
import { Counter, Gauge, Histogram } from 'prom-client';
import type { MessageBus } from './message-bus.ts';
import { latencyBuckets, type MetricRegistry } from './metric-registry.ts';
import type { Topic } from './topics.ts';

/** Events of one topic since the process started. */
export interface TopicCounts {
	readonly topic: Topic;
	readonly published: number;
	/** An event that several groups handle counts for each. */
	readonly handled: number;
	/** Attempts that failed; the bus tries again. */
	readonly failed: number;
}

/** How far one group of this process is behind in one topic. */
export interface ConsumerLag {
	readonly group: string;
	readonly topic: Topic;
	/** Events stored that the group has not finished yet. */
	readonly events: number;
}

/** What may be asked of the bus by those who neither publish nor subscribe. */
export interface BusWatch {
	/** By topic, in the order they were first seen. */
	topics(): TopicCounts[];
	/** Rejects with `unavailable` when an adapter has to ask somebody who does not answer. */
	lag(): Promise<ConsumerLag[]>;
}

interface Deps {
	readonly bus: MessageBus & Pick<BusWatch, 'lag'>;
	readonly registry: MetricRegistry;
	readonly clock: { monotonicMs(): number };
}

/** An event that a handler has in its hands. */
interface Handling {
	readonly group: string;
	readonly topic: Topic;
	readonly startedAtMs: number;
}

type Tally = { -readonly [Name in keyof TopicCounts]: TopicCounts[Name] };

export function createMeteredBus({ bus, registry, clock }: Deps): MessageBus & BusWatch {
	const running = new Set<Handling>();
	const metrics = createBusMetrics(registry, () => bus.lag());
	watchHandlers(registry, running, clock);
	const tallies = new Map<Topic, Tally>();
	const tallyOf = (topic: Topic): Tally => {
		const known = tallies.get(topic) ?? { topic, published: 0, handled: 0, failed: 0 };
		tallies.set(topic, known);
		return known;
	};
	return {
		async publish(topic, key, body) {
			await bus.publish(topic, key, body);
			tallyOf(topic).published += 1;
			metrics.published.inc({ topic });
		},
		subscribe: ({ group, topics, handle, handleTogether }) => {
			const timed = async (topic: Topic, events: number, work: () => Promise<void>) => {
				const handling = { group, topic, startedAtMs: clock.monotonicMs() };
				running.add(handling);
				try {
					await work();
					tallyOf(topic).handled += events;
					metrics.handled.inc({ topic, group }, events);
				} catch (caught) {
					tallyOf(topic).failed += 1;
					metrics.failed.inc({ topic, group });
					throw caught;
				} finally {
					running.delete(handling);
					metrics.duration.observe({ group }, secondsSince(handling, clock));
				}
			};
			return bus.subscribe({
				...{ group, topics },
				handle: (event, topic) => timed(topic, 1, () => handle(event, topic)),
				...(handleTogether && {
					handleTogether: (events, topic) =>
						timed(topic, events.length, () => handleTogether(events, topic)),
				}),
			});
		},
		close: () => bus.close(),
		topics: () => Array.from(tallies.values(), (tally) => ({ ...tally })),
		lag: () => bus.lag(),
	};
}

function secondsSince({ startedAtMs }: Handling, clock: Deps['clock']): number {
	return (clock.monotonicMs() - startedAtMs) / 1_000;
}

/** A handler that never returns counts in no duration, and its events only add to the lag: here it shows. */
function watchHandlers(
	registry: MetricRegistry,
	running: ReadonlySet<Handling>,
	clock: Deps['clock'],
): void {
	new Gauge({
		name: 'giggityflix_bus_longest_handling_seconds',
		help: 'For how long the event that is being handled longest has been.',
		labelNames: ['group', 'topic'],
		registers: [registry],
		collect() {
			this.reset();
			// Oldest last, so that it is the one that stays.
			for (const handling of [...running].reverse()) {
				const { group, topic } = handling;
				this.set({ group, topic }, secondsSince(handling, clock));
			}
		},
	});
}

function createBusMetrics(registry: MetricRegistry, lag: () => Promise<ConsumerLag[]>) {
	const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
		new Counter({ name: `giggityflix_bus_${name}`, help, labelNames, registers: [registry] });
	new Gauge({
		name: 'giggityflix_bus_consumer_lag_events',
		help: 'Events stored that a group has not finished yet.',
		labelNames: ['group', 'topic'],
		registers: [registry],
		async collect() {
			// A broker that is away says nothing; the last value would be a guess.
			const lags = await lag().catch(() => []);
			this.reset();
			for (const { group, topic, events } of lags) this.set({ group, topic }, events);
		},
	});
	return {
		published: counter('published_total', 'Events stored by the bus.', ['topic']),
		handled: counter('handled_total', 'Events handled.', ['topic', 'group']),
		failed: counter('handling_failures_total', 'Attempts to handle an event that failed.', [
			'topic',
			'group',
		]),
		duration: new Histogram({
			name: 'giggityflix_bus_handling_duration_seconds',
			help: 'Time to handle an event, or some of one key together.',
			labelNames: ['group'],
			buckets: latencyBuckets,
			registers: [registry],
		}),
	};
}
