// What was published and what was delivered, checked against the model of an at-least-once bus: nothing
// acknowledged is lost, and within a key no event comes before its predecessor has come. Repetitions are
// allowed, and a repetition may start an earlier part of the key again.
import { setTimeout as pause } from 'node:timers/promises';
import type { MessageBus } from '../../bus/message-bus.ts';
import type { Topic } from '../../bus/topics.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import type { BusEvent } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { entriesOf, numbered } from './numbered-events.ts';

export interface BusHistory {
	/** Publishes 1, 2, 3 … under every key until `signal` aborts, each again until it is acknowledged. */
	publishTo(bus: MessageBus, topic: Topic, signal: AbortSignal): Promise<void>;
	/** To be called by whoever handles an event. */
	delivered(event: BusEvent): void;
	published(): number;
	/** How many deliveries were repetitions. */
	repeated(): number;
	/** How many acknowledged events have not come yet. */
	missing(): number;
	/** Sentences about events that overtook others; none when the bus keeps its word. */
	disorder(): readonly string[];
}

/** `pauseMs` between two events of a key sets the load. */
export function createBusHistory(keys: number, pauseMs: number): BusHistory {
	const names = Array.from({ length: keys }, (_, index) => `key-${index}`);
	const published = new Map(names.map((key) => [key, 0]));
	const delivered = new Map(names.map((key) => [key, 0]));
	const disorder: string[] = [];
	let repeated = 0;

	async function publishKey(
		bus: MessageBus,
		topic: Topic,
		key: string,
		signal: AbortSignal,
	): Promise<void> {
		for (let number = 1; !signal.aborted; number += 1) {
			await publishUntilStored(bus, topic, key, number);
			published.set(key, number);
			await pause(pauseMs);
		}
	}

	const sum = (numbers: Map<string, number>) =>
		[...numbers.values()].reduce((total, number) => total + number, 0);

	return {
		async publishTo(bus, topic, signal) {
			await Promise.all(names.map((key) => publishKey(bus, topic, key, signal)));
		},
		delivered(event) {
			const [entry] = entriesOf(event);
			if (!entry) throw new Error(`unexpected ${event.body.case}`);
			const { catalogId: key, availablePeers: number } = entry;
			const last = delivered.get(key) ?? 0;
			if (number <= last) repeated += 1;
			else if (number > last + 1) disorder.push(`${key}: ${number} came after ${last}`);
			delivered.set(key, Math.max(last, number));
		},
		published: () => sum(published),
		repeated: () => repeated,
		missing: () =>
			names.reduce(
				(total, key) => total + Math.max(0, published.get(key)! - delivered.get(key)!),
				0,
			),
		disorder: () => disorder,
	};
}

async function publishUntilStored(
	bus: MessageBus,
	topic: Topic,
	key: string,
	number: number,
): Promise<void> {
	for (;;) {
		try {
			await bus.publish(topic, key, numbered(key, number));
			return;
		} catch (error) {
			if (GiggityflixError.from(error).code !== 'unavailable') throw error;
			await pause(100);
		}
	}
}
