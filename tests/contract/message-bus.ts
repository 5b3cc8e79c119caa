// What every message bus must do, as tests. An adapter's own test file calls describeMessageBus with a
// way to open it; time is real here, so the same suite runs against a broker.
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MessageBus } from '../../bus/message-bus.ts';
import { asTopic } from '../../bus/topics.ts';
import type { BusEvent } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { entriesOf, numbered, numberOf } from '../support/numbered-events.ts';
import { describeEventsTogether } from './events-together.ts';

/** `open` connects a fresh bus that creates topics as they are named; the suite closes it. */
export function describeMessageBus(name: string, open: () => Promise<MessageBus>): void {
	describeEventsTogether(name, open);
	describe(`${name} keeps the contract of MessageBus`, () => {
		let bus: MessageBus;
		// Brokers outlive tests, so every test has topics and groups of its own.
		const topic = () => asTopic(`test.${randomUUID()}`);
		const group = () => `group-${randomUUID()}`;

		beforeEach(async () => {
			bus = await open();
		});
		afterEach(async () => {
			await bus.close();
		});

		it('wraps a body in a unique, rising envelope', async () => {
			const events: BusEvent[] = [];
			const one = topic();
			await bus.subscribe({ group: group(), topics: [one], handle: collectInto(events) });
			for (let index = 0; index < 5; index += 1) await bus.publish(one, 'key', change(index));
			await eventually(() => {
				expect(events.map(numberOf)).toEqual([0, 1, 2, 3, 4]);
			});
			expect(new Set(events.map((event) => event.eventId)).size).toBe(5);
			const sequences = events.map((event) => event.sequence);
			expect(sequences).toEqual(sequences.toSorted((a, b) => (a < b ? -1 : 1)));
			expect(new Set(sequences).size).toBe(5);
			expect(new Set(events.map((event) => event.producer)).size).toBe(1);
			expect(events.every((event) => event.producer !== '')).toBe(true);
			expect(Math.abs(Number(events[0]?.occurredAtMs) - Date.now())).toBeLessThan(60_000);
		});

		it('keeps the order of a key, one event at a time, also when publishers do not wait', async () => {
			const one = topic();
			const seen: number[] = [];
			let running = 0;
			let mostRunning = 0;
			await bus.subscribe({
				group: group(),
				topics: [one],
				async handle(event) {
					running += 1;
					mostRunning = Math.max(mostRunning, running);
					await pause(Math.random() * 3);
					seen.push(numberOf(event));
					running -= 1;
				},
			});
			const numbers = Array.from({ length: 40 }, (_, index) => index);
			await Promise.all(numbers.map((number) => bus.publish(one, 'key', change(number))));
			await eventually(() => {
				expect(seen).toEqual(numbers);
			});
			expect(mostRunning).toBe(1);
		});

		it('delivers outside of publish', async () => {
			const one = topic();
			const handle = vi.fn(() => Promise.resolve());
			await bus.subscribe({ group: group(), topics: [one], handle });
			const published = bus.publish(one, 'key', change(1));
			expect(handle).not.toHaveBeenCalled();
			await published;
			await eventually(() => {
				expect(handle).toHaveBeenCalledTimes(1);
			});
		});

		it('delivers an event again when the handler throws, and keeps later ones behind it', async () => {
			const one = topic();
			const tries: number[] = [];
			await bus.subscribe({
				group: group(),
				topics: [one],
				handle(event) {
					tries.push(numberOf(event));
					const isFirstTry = tries.filter((number) => number === 1).length === 1;
					return numberOf(event) === 1 && isFirstTry
						? Promise.reject(new Error('not yet'))
						: Promise.resolve();
				},
			});
			await bus.publish(one, 'key', change(1));
			await bus.publish(one, 'key', change(2));
			await eventually(() => {
				expect(tries).toEqual([1, 1, 2]);
			});
		});

		it('puts an event aside after three tries and goes on with the next', async () => {
			const one = topic();
			const tries: number[] = [];
			await bus.subscribe({
				group: group(),
				topics: [one],
				handle(event) {
					tries.push(numberOf(event));
					return numberOf(event) === 1 ? Promise.reject(new Error('never')) : Promise.resolve();
				},
			});
			await bus.publish(one, 'key', change(1));
			await bus.publish(one, 'key', change(2));
			await eventually(() => {
				expect(tries).toEqual([1, 1, 1, 2]);
			});
		});

		it('shows every group everything, and shares it among the members of one', async () => {
			const one = topic();
			const shared = group();
			const seen = { a: [] as BusEvent[], b: [] as BusEvent[], alone: [] as BusEvent[] };
			await bus.subscribe({ group: shared, topics: [one], handle: collectInto(seen.a) });
			await bus.subscribe({ group: shared, topics: [one], handle: collectInto(seen.b) });
			await bus.subscribe({ group: group(), topics: [one], handle: collectInto(seen.alone) });
			const numbers = Array.from({ length: 60 }, (_, index) => index);
			for (const number of numbers) await bus.publish(one, `key-${number % 20}`, change(number));
			const sorted = (events: BusEvent[]) => events.map(numberOf).sort((a, b) => a - b);
			await eventually(() => {
				expect(sorted(seen.alone)).toEqual(numbers);
				expect(sorted([...seen.a, ...seen.b])).toEqual(numbers);
			});
			const keysOf = (events: BusEvent[]) => new Set(events.map((event) => numberOf(event) % 20));
			expect([...keysOf(seen.a)].filter((key) => keysOf(seen.b).has(key))).toEqual([]);
		});

		it('gives the keys of a member that leaves to those that stay', async () => {
			const one = topic();
			const shared = group();
			const seen = new Set<number>();
			const handle = (event: BusEvent) => {
				seen.add(numberOf(event));
				return Promise.resolve();
			};
			const leaving = await bus.subscribe({ group: shared, topics: [one], handle });
			const late: BusEvent[] = [];
			await bus.subscribe({
				group: shared,
				topics: [one],
				handle: (event) => {
					if (numberOf(event) >= 20) late.push(event);
					return handle(event);
				},
			});
			const numbers = Array.from({ length: 40 }, (_, index) => index);
			for (const number of numbers.slice(0, 20)) {
				await bus.publish(one, `key-${number}`, change(number));
			}
			await leaving.close();
			for (const number of numbers.slice(20)) {
				await bus.publish(one, `key-${number - 20}`, change(number));
			}
			await eventually(() => {
				expect([...seen].sort((a, b) => a - b)).toEqual(numbers);
			});
			expect(late.map(numberOf).sort((a, b) => a - b)).toEqual(numbers.slice(20));
		});

		it('takes thousands of events at once and keeps the order of every key', async () => {
			const one = topic();
			const seen = new Map<number, number[]>();
			await bus.subscribe({
				group: group(),
				topics: [one],
				handle(event) {
					const key = numberOf(event) % 50;
					seen.set(key, [...(seen.get(key) ?? []), numberOf(event)]);
					return Promise.resolve();
				},
			});
			const numbers = Array.from({ length: 5_000 }, (_, index) => index);
			await Promise.all(
				numbers.map((number) => bus.publish(one, `key-${number % 50}`, change(number))),
			);
			await eventually(() => {
				expect([...seen.values()].flat()).toHaveLength(numbers.length);
			});
			for (const [key, ofKey] of seen) {
				expect(ofKey).toEqual(numbers.filter((number) => number % 50 === key));
			}
		});

		it('keeps topics apart and tells the handler which one it was', async () => {
			const [one, two, other] = [topic(), topic(), topic()];
			const seen: string[] = [];
			await bus.subscribe({
				group: group(),
				topics: [one, two],
				handle: (event, of) => {
					seen.push(`${numberOf(event)} ${of}`);
					return Promise.resolve();
				},
			});
			await bus.publish(other, 'key', change(0));
			await bus.publish(one, 'key', change(1));
			await bus.publish(two, 'key', change(2));
			await eventually(() => {
				expect(seen.sort()).toEqual([`1 ${one}`, `2 ${two}`]);
			});
		});

		it('shares no object between publisher and handlers', async () => {
			const one = topic();
			const seen: BusEvent[] = [];
			const spoil = (event: BusEvent) => {
				seen.push(structuredClone(event));
				for (const entry of entriesOf(event)) entry.availablePeers = 99;
				return Promise.resolve();
			};
			await bus.subscribe({ group: group(), topics: [one], handle: spoil });
			await bus.subscribe({ group: group(), topics: [one], handle: spoil });
			const body = change(1);
			await bus.publish(one, 'key', body);
			for (const entry of entriesOf({ body })) entry.availablePeers = 77;
			await eventually(() => {
				expect(seen.map(numberOf)).toEqual([1, 1]);
			});
		});

		it('delivers from the subscription on, not what came before', async () => {
			const one = topic();
			await bus.publish(one, 'key', change(1));
			const events: BusEvent[] = [];
			await bus.subscribe({ group: group(), topics: [one], handle: collectInto(events) });
			await bus.publish(one, 'key', change(2));
			await eventually(() => {
				expect(events.map(numberOf)).toEqual([2]);
			});
		});

		it('waits for running handlers when a subscription closes, then stays silent', async () => {
			const one = topic();
			const finished: number[] = [];
			let hasStarted = false;
			const subscription = await bus.subscribe({
				group: group(),
				topics: [one],
				async handle(event) {
					hasStarted = true;
					await pause(50);
					finished.push(numberOf(event));
				},
			});
			await bus.publish(one, 'key', change(1));
			await eventually(() => expect(hasStarted).toBe(true));
			await subscription.close();
			expect(finished).toEqual([1]);
			await bus.publish(one, 'key', change(2));
			await pause(100);
			expect(finished).toEqual([1]);
		});

		it('waits for running handlers when the bus closes, and refuses to publish after', async () => {
			const one = topic();
			let isFinished = false;
			let hasStarted = false;
			await bus.subscribe({
				group: group(),
				topics: [one],
				async handle() {
					hasStarted = true;
					await pause(50);
					isFinished = true;
				},
			});
			await bus.publish(one, 'key', change(1));
			await eventually(() => expect(hasStarted).toBe(true));
			await bus.close();
			expect(isFinished).toBe(true);
			await expect(bus.publish(one, 'key', change(2))).rejects.toMatchObject({
				code: 'unavailable',
			});
		});
	});
}

const change = (number: number) => numbered('a film', number);

function collectInto(events: BusEvent[]) {
	return (event: BusEvent) => {
		events.push(event);
		return Promise.resolve();
	};
}

const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 15_000, interval: 10 });
