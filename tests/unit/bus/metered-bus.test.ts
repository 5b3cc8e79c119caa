import { create } from '@bufbuild/protobuf';
import { describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../../bus/memory-bus.ts';
import type { EventBody } from '../../../bus/message-bus.ts';
import { createMeteredBus } from '../../../bus/metered-bus.ts';
import { createMetricRegistry } from '../../../bus/metric-registry.ts';
import { defaultTopics } from '../../../bus/topics.ts';
import {
	BusEventSchema,
	CatalogAvailabilityChangedSchema,
} from '../../../proto/gen/giggityflix/v1/events_pb.js';
import { createManualClock } from '../../support/manual-clock.ts';

const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);
const topic = defaultTopics.catalogAvailabilityChanged;
const body = (): EventBody => ({
	case: 'catalogAvailabilityChanged',
	value: create(CatalogAvailabilityChangedSchema),
});

function open() {
	const clock = createManualClock();
	const registry = createMetricRegistry();
	const logger = { info: () => undefined, warn: () => undefined };
	const memory = createMemoryBus({ producer: 'edge-a', clock, randomBytes, logger });
	return { clock, registry, memory, bus: createMeteredBus({ bus: memory, registry, clock }) };
}

describe('createMeteredBus', () => {
	it('counts what is published, handled and failed, by topic', async () => {
		const { bus, registry, clock } = open();
		let failures = 1;
		await bus.subscribe({
			group: 'g',
			topics: [topic],
			handle: async () => {
				if (failures-- > 0) throw new Error('once');
			},
		});
		await bus.publish(topic, 'key', body());
		await expect.poll(() => bus.topics()).toMatchObject([{ failed: 1, handled: 0 }]);
		clock.advance(100);
		await expect.poll(() => bus.topics()).toEqual([{ topic, published: 1, handled: 1, failed: 1 }]);
		const text = await registry.metrics();
		expect(text).toContain(`giggityflix_bus_published_total{topic="${topic}"} 1`);
		expect(text).toContain(`giggityflix_bus_handled_total{topic="${topic}",group="g"} 1`);
		expect(text).toContain(`giggityflix_bus_handling_failures_total{topic="${topic}",group="g"} 1`);
		expect(text).toContain('giggityflix_bus_handling_duration_seconds_count{group="g"} 2');
	});

	it('counts each of the events that are handled together', async () => {
		const { memory, bus } = open();
		const subscribe = vi.spyOn(memory, 'subscribe');
		let failures = 1;
		await bus.subscribe({
			group: 'g',
			topics: [topic],
			handle: async () => undefined,
			handleTogether: async () => {
				if (failures-- > 0) throw new Error('once');
			},
		});
		const three = Array.from({ length: 3 }, () => create(BusEventSchema, { body: body() }));
		const deliver = async () => subscribe.mock.lastCall?.[0].handleTogether?.(three, topic);
		await expect(deliver()).rejects.toThrow('once');
		await deliver();
		expect(bus.topics()).toEqual([{ topic, published: 0, handled: 3, failed: 1 }]);
	});

	it('tells how far a group is behind, and forgets it when it has caught up', async () => {
		const { bus, registry } = open();
		let goOn = (): void => undefined;
		const stuck = new Promise<void>((resolve) => (goOn = resolve));
		await bus.subscribe({ group: 'slow', topics: [topic], handle: () => stuck });
		for (const key of ['a', 'b', 'a']) await bus.publish(topic, key, body());
		expect(await bus.lag()).toEqual([{ group: 'slow', topic, events: 3 }]);
		expect(await registry.metrics()).toContain(
			`giggityflix_bus_consumer_lag_events{group="slow",topic="${topic}"} 3`,
		);
		goOn();
		await expect.poll(() => bus.lag()).toEqual([]);
		expect(await registry.metrics()).not.toContain('group="slow",topic');
	});

	it('tells how long the handler takes that has not returned', async () => {
		const { bus, registry, clock } = open();
		const finish: (() => void)[] = [];
		await bus.subscribe({
			group: 'g',
			topics: [topic],
			handle: () => new Promise((resolve) => finish.push(resolve)),
		});
		await bus.publish(topic, 'a', body());
		await expect.poll(() => finish.length).toBe(1);
		clock.advance(40_000);
		await bus.publish(topic, 'b', body());
		await expect.poll(() => finish.length).toBe(2);
		clock.advance(2_000);
		const line = `giggityflix_bus_longest_handling_seconds{group="g",topic="${topic}"}`;
		expect(await registry.metrics()).toContain(`${line} 42`);
		finish[0]?.();
		await expect.poll(() => registry.metrics()).toContain(`${line} 2`);
		finish[1]?.();
		await expect.poll(() => registry.metrics()).not.toContain(line);
	});

	it('does not count what could not be published', async () => {
		const { bus } = open();
		await bus.close();
		await expect(bus.publish(topic, 'key', body())).rejects.toMatchObject({ code: 'unavailable' });
		expect(bus.topics()).toEqual([]);
	});
});
