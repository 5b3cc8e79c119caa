// What every message bus must do for a subscriber who takes events of one key together. Whether it hands any over together
// is left to each. Called by describeMessageBus.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MessageBus } from '../../bus/message-bus.ts';
import { asTopic } from '../../bus/topics.ts';
import type { BusEvent } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { entriesOf, numbered, numberOf } from '../support/numbered-events.ts';

const eventsOfKey = 60;
/** Never handled. */
const poison = 17;

/** What was handed over at a time. */
interface Call {
	readonly numbers: readonly number[];
	readonly isDone: boolean;
}

export function describeEventsTogether(name: string, open: () => Promise<MessageBus>): void {
	describe(`${name} with a subscriber who takes events together`, () => {
		let bus: MessageBus;
		beforeEach(async () => {
			bus = await open();
		});
		afterEach(async () => {
			await bus.close();
		});

		it('keeps the order of a key, and gives each by itself of those that failed together', async () => {
			const topic = asTopic(`test.${randomUUID()}`);
			const keys = ['a', 'b', 'c'];
			const log = createCallLog();
			await bus.subscribe({
				...{ group: `group-${randomUUID()}`, topics: [topic] },
				handle: (event) => log.take([event]),
				handleTogether: log.take,
			});
			const numbers = Array.from({ length: eventsOfKey }, (_, at) => at);
			await Promise.all(
				numbers.flatMap((number) =>
					keys.map((key) => bus.publish(topic, key, numbered(key, number))),
				),
			);
			await vi.waitFor(
				() => {
					for (const key of keys) expect(log.lastOf(key)).toBe(eventsOfKey - 1);
				},
				{ timeout: 15_000, interval: 10 },
			);
			expect(log.overlaps()).toBe(0);
			for (const key of keys) expect(orderOf(log.callsOf(key))).toEqual(numbers);
		});
	});
}

/** Notes what comes of each key. Every eleventh event fails when it comes first, with what came along. */
function createCallLog() {
	const calls = new Map<string, Call[]>();
	const failed = new Set<string>();
	const running = new Set<string>();
	let overlaps = 0;
	const callsOf = (key: string): Call[] => calls.get(key) ?? [];

	function isRefused(key: string, number: number): boolean {
		const isFirst = !failed.has(`${key} ${number}`);
		failed.add(`${key} ${number}`);
		return number === poison || (number % 11 === 0 && isFirst);
	}

	return {
		callsOf,
		overlaps: () => overlaps,
		/** The last event that was handled. */
		lastOf: (key: string) =>
			callsOf(key)
				.findLast(({ isDone }) => isDone)
				?.numbers.at(-1),
		take: async (events: readonly BusEvent[]): Promise<void> => {
			const key = events.flatMap(entriesOf)[0]?.catalogId ?? '';
			if (running.has(key)) overlaps += 1;
			running.add(key);
			await pause(Math.random() * 3);
			running.delete(key);
			const numbers = events.map(numberOf);
			const isDone = !numbers.map((number) => isRefused(key, number)).includes(true);
			calls.set(key, [...callsOf(key), { numbers, isDone }]);
			if (!isDone) throw new Error('not now');
		},
	};
}

/** The numbers in the order they were done with, or given up after three tries alone. Fails where others come than are next. */
function orderOf(calls: readonly Call[]): number[] {
	const done: number[] = [];
	let failures = 0;
	let alone = 0;
	for (const { numbers, isDone } of calls) {
		expect(numbers[0]).toBe(done.length);
		if (alone > 0) expect(numbers).toHaveLength(1);
		if (isDone || failures === 2) {
			done.push(...numbers);
			failures = 0;
			alone = Math.max(0, alone - 1);
		} else if (numbers.length > 1) alone = numbers.length;
		else failures += 1;
	}
	return done;
}
