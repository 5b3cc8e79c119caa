// The memory bus passes the contract, and what is its own: the retry schedule by the clock, back-pressure,
// bounded concurrency and counts.
import { create } from '@bufbuild/protobuf';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../../bus/memory-bus.ts';
import type { EventBody } from '../../../bus/message-bus.ts';
import { nodeClock } from '../../../bus/node-clock.ts';
import { defaultTopics } from '../../../bus/topics.ts';
import {
	CatalogAvailabilityChangedSchema,
	type BusEvent,
} from '../../../proto/gen/giggityflix/v1/events_pb.js';
import { describeMessageBus } from '../../contract/message-bus.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { numbered, numberOf } from '../../support/numbered-events.ts';

const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);
const topic = defaultTopics.catalogAvailabilityChanged;
const body = (): EventBody => ({
	case: 'catalogAvailabilityChanged',
	value: create(CatalogAvailabilityChangedSchema),
});

describeMessageBus('memory-bus', () => {
	const logger = { info: () => undefined, warn: () => undefined };
	return Promise.resolve(
		createMemoryBus({ producer: 'test', clock: nodeClock, randomBytes, logger }),
	);
});

describe('memory-bus', () => {
	function openBus(maxLag?: number) {
		const clock = createManualClock();
		const logger = { info: vi.fn(), warn: vi.fn() };
		const options = maxLag === undefined ? {} : { maxLag };
		const bus = createMemoryBus({ producer: 'edge-a', clock, randomBytes, logger, ...options });
		return { bus, clock, logger };
	}

	it('hands over together what waits of a key, and each by itself when that failed', async () => {
		const { bus } = openBus();
		const handed: number[][] = [];
		const take = (events: readonly BusEvent[]) => {
			handed.push(events.map(numberOf));
			return events.length === 3 ? Promise.reject(new Error('broken')) : Promise.resolve();
		};
		await bus.subscribe({
			...{ group: 'g', topics: [topic], handleTogether: take },
			handle: (event) => take([event]),
		});
		for (const number of [1, 2, 3]) void bus.publish(topic, 'key', numbered('key', number));
		await vi.waitFor(() => expect(handed).toEqual([[1, 2, 3], [1], [2], [3]]));
		for (const number of [4, 5]) void bus.publish(topic, 'key', numbered('key', number));
		await vi.waitFor(() => expect(handed.slice(4)).toEqual([[4, 5]]));
		expect(bus.counts()).toMatchObject({ delivered: 5, retried: 1, putAside: 0, waiting: 0 });
	});

	it('hands over no more together than are done soon', async () => {
		const { bus } = openBus();
		const lengths: number[] = [];
		await bus.subscribe({
			...{ group: 'g', topics: [topic], handle: () => Promise.resolve() },
			handleTogether: (events) => {
				lengths.push(events.length);
				return Promise.resolve();
			},
		});
		for (let number = 0; number < 120; number += 1) void bus.publish(topic, 'key', body());
		await vi.waitFor(() => expect(lengths).toEqual([50, 50, 20]));
	});

	it('tries again after a growing delay by the clock, then reports and counts the event', async () => {
		const { bus, clock, logger } = openBus();
		const handle = vi.fn(() => Promise.reject(new Error('broken')));
		await bus.subscribe({ group: 'g', topics: [topic], handle });
		await bus.publish(topic, 'key', body());
		const tried = (times: number) =>
			vi.waitFor(() => {
				expect(handle).toHaveBeenCalledTimes(times);
				expect(clock.pending()).toBe(times < 3 ? 1 : 0);
			});
		await tried(1);
		clock.advance(99);
		expect(clock.pending()).toBe(1);
		clock.advance(1);
		await tried(2);
		clock.advance(999);
		expect(clock.pending()).toBe(1);
		clock.advance(1);
		await tried(3);
		await vi.waitFor(() => {
			expect(bus.counts()).toEqual({
				published: 1,
				delivered: 0,
				retried: 2,
				putAside: 1,
				waiting: 0,
			});
		});
		expect(logger.warn).toHaveBeenCalledExactlyOnceWith(
			'event put aside',
			expect.objectContaining({ group: 'g', topic, key: 'key', error: 'broken' }),
		);
		await bus.close();
	});

	it('makes publishers wait for a group that lags, and lets them go when it caught up', async () => {
		const { bus } = openBus(2);
		const gate = Promise.withResolvers<undefined>();
		await bus.subscribe({ group: 'slow', topics: [topic], handle: () => gate.promise });
		await bus.publish(topic, 'key', body());
		await bus.publish(topic, 'key', body());
		let isThrough = false;
		const third = bus.publish(topic, 'key', body()).then(() => {
			isThrough = true;
		});
		await new Promise((resolve) => setTimeout(resolve, 30));
		expect(isThrough).toBe(false);
		gate.resolve(undefined);
		await third;
		expect(isThrough).toBe(true);
		await bus.close();
	});

	it('frees waiting publishers when the group that lagged is closed', async () => {
		const { bus } = openBus(1);
		const fail = () => Promise.reject(new Error('broken'));
		const subscription = await bus.subscribe({ group: 'g', topics: [topic], handle: fail });
		await bus.publish(topic, 'key', body());
		const waiting = bus.publish(topic, 'key', body());
		await subscription.close();
		await waiting;
		expect(bus.counts().waiting).toBe(0);
		await bus.close();
	});

	it('runs different keys side by side, but not all at once', async () => {
		const { bus } = openBus();
		let running = 0;
		let mostRunning = 0;
		await bus.subscribe({
			group: 'g',
			topics: [topic],
			async handle() {
				running += 1;
				mostRunning = Math.max(mostRunning, running);
				await new Promise((resolve) => setTimeout(resolve, 5));
				running -= 1;
			},
		});
		for (let index = 0; index < 100; index += 1) await bus.publish(topic, `key-${index}`, body());
		await vi.waitFor(() => {
			expect(bus.counts().delivered).toBe(100);
		});
		expect(mostRunning).toBe(16);
		await bus.close();
	});

	it('hands the keys of a member that left to the others', async () => {
		const { bus } = openBus();
		const [first, second] = [vi.fn(() => Promise.resolve()), vi.fn(() => Promise.resolve())];
		const leaving = await bus.subscribe({ group: 'g', topics: [topic], handle: first });
		await bus.subscribe({ group: 'g', topics: [topic], handle: second });
		await leaving.close();
		for (let index = 0; index < 10; index += 1) await bus.publish(topic, `key-${index}`, body());
		await vi.waitFor(() => {
			expect(second).toHaveBeenCalledTimes(10);
		});
		expect(first).not.toHaveBeenCalled();
		await bus.close();
	});

	it('takes less than 100 µs of processor time for an event', async () => {
		const { bus } = openBus();
		await bus.subscribe({ group: 'g', topics: [topic], handle: () => Promise.resolve() });
		const before = process.cpuUsage();
		for (let index = 0; index < 20_000; index += 1) await bus.publish(topic, `k${index}`, body());
		while (bus.counts().waiting > 0) await new Promise((resolve) => setImmediate(resolve));
		const { user, system } = process.cpuUsage(before);
		expect(bus.counts().delivered).toBe(20_000);
		expect((user + system) / 20_000).toBeLessThan(100);
		await bus.close();
	});
});
