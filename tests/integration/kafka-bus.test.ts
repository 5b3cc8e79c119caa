// The Kafka bus against a real broker: the contract of every bus, and what is its own: topics, dead letters,
// lag, and how soon a command arrives.
import { randomUUID } from 'node:crypto';
import { fromBinary } from '@bufbuild/protobuf';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKafkaBus, type KafkaBus } from '../../bus/kafka-bus.ts';
import { deadLetterTopicOf } from '../../bus/kafka/dead-letters.ts';
import { nodeClock } from '../../bus/node-clock.ts';
import { asTopic } from '../../bus/topics.ts';
import { BusEventSchema } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { describeMessageBus } from '../contract/message-bus.ts';
import { numbered } from '../support/numbered-events.ts';
import { openKafka, whyNoKafka, type KafkaForTests } from '../support/kafka/kafka-broker.ts';
import { partitionsOf, readRaw, writeRaw } from '../support/kafka/raw-topic.ts';

describe.skipIf(whyNoKafka())('kafka-bus', () => {
	let kafka: KafkaForTests;
	let bus: KafkaBus;
	const logger = { info: vi.fn(), warn: vi.fn() };

	const openBus = () =>
		createKafkaBus({
			brokers: kafka.brokers,
			producer: 'test',
			topicPartitions: 3,
			clock: nodeClock,
			randomBytes: (target) => void crypto.getRandomValues(target),
			logger,
		});

	beforeAll(async () => {
		kafka = await openKafka();
	}, 300_000);
	afterAll(() => kafka.close());

	describeMessageBus('kafka-bus', () => Promise.resolve(openBus()));

	describe('beyond the contract', () => {
		const topic = () => asTopic(`test.${randomUUID()}`);
		const group = () => `group-${randomUUID()}`;

		beforeEach(() => {
			bus = openBus();
			logger.warn.mockClear();
		});
		afterEach(() => bus.close());

		it('creates topics with the partitions it was told', async () => {
			const one = topic();
			await bus.publish(one, 'key', numbered('key', 1));
			expect(await partitionsOf(kafka.brokers, one)).toBe(3);
		});

		it('moves what cannot be read to the dead letters at once, and goes on', async () => {
			const one = topic();
			const handle = vi.fn(() => Promise.resolve());
			await bus.subscribe({ group: group(), topics: [one], handle });
			const noise = Buffer.from('not an event');
			await writeRaw(kafka.brokers, one, [
				{ key: 'key', value: noise },
				{ key: 'key', value: null },
			]);
			await bus.publish(one, 'key', numbered('key', 1));
			await vi.waitFor(() => expect(handle).toHaveBeenCalledTimes(1), 10_000);
			const [first, second] = await readRaw(kafka.brokers, deadLetterTopicOf(one), 2);
			expect(first).toMatchObject({ key: Buffer.from('key'), value: noise });
			expect(first?.headers?.['error-code']?.toString()).toBe('corrupt');
			expect(second).toMatchObject({ key: Buffer.from('key'), value: null });
			expect(bus.counts()).toMatchObject({ retried: 0, putAside: 2, delivered: 1 });
		});

		it('moves what fails three times to the dead letters, with the reason in its headers', async () => {
			const one = topic();
			const readers = group();
			await bus.subscribe({
				group: readers,
				topics: [one],
				handle: () => Promise.reject(new Error('the store refuses it')),
			});
			await bus.publish(one, 'film', numbered('film', 7));
			await vi.waitFor(() => expect(bus.counts().putAside).toBe(1), 10_000);
			expect(bus.counts().retried).toBe(2);
			const [letter] = await readRaw(kafka.brokers, deadLetterTopicOf(one), 1);
			expect(fromBinary(BusEventSchema, letter!.value!).body).toMatchObject({
				value: { entries: [{ catalogId: 'film', availablePeers: 7 }] },
			});
			const headers = Object.entries(letter?.headers ?? {}).map(([name, value]) => [
				name,
				String(value),
			]);
			expect(Object.fromEntries(headers)).toEqual({
				error: 'the store refuses it',
				'error-code': 'internal',
				group: readers,
				topic: one,
				partition: expect.stringMatching(/^[0-2]$/) as string,
				offset: '0',
			});
			expect(logger.warn).toHaveBeenCalledWith(
				'event put aside',
				expect.objectContaining({ group: readers, topic: one, code: 'internal' }),
			);
		});

		it('tells how far each group is behind', async () => {
			const one = topic();
			const readers = group();
			let release: () => void = () => undefined;
			const released = new Promise<void>((resolve) => (release = resolve));
			await bus.subscribe({ group: readers, topics: [one], handle: () => released });
			for (let number = 1; number <= 5; number += 1) {
				await bus.publish(one, `key-${number}`, numbered('key', number));
			}
			expect(await bus.lag()).toEqual([{ group: readers, topic: one, events: 5 }]);
			release();
			await vi.waitFor(async () => {
				expect(await bus.lag()).toEqual([{ group: readers, topic: one, events: 0 }]);
			}, 10_000);
		});

		it('leaves a group that was joined while the bus closed', async () => {
			const subscribing = bus.subscribe({
				group: group(),
				topics: [topic()],
				handle: () => Promise.resolve(),
			});
			const refused = expect(subscribing).rejects.toMatchObject({ code: 'unavailable' });
			await bus.close();
			await refused;
		});

		it('refuses an event that no broker would take', async () => {
			const huge = numbered('x'.repeat(1_000_000), 1);
			await expect(bus.publish(topic(), 'key', huge)).rejects.toMatchObject({
				code: 'resource-exhausted',
			});
		});

		it('delivers to a waiting consumer without a fetch interval in between', async () => {
			const one = topic();
			let arrived: () => void = () => undefined;
			await bus.subscribe({ group: group(), topics: [one], handle: async () => arrived() });
			const tookMs: number[] = [];
			for (let number = 1; number <= 40; number += 1) {
				const arrival = new Promise<void>((resolve) => (arrived = resolve));
				const startedMs = performance.now();
				await bus.publish(one, `key-${number}`, numbered('key', number));
				await arrival;
				tookMs.push(performance.now() - startedMs);
			}
			// Half of the fetch wait would be 250 ms; a busy machine may take long for a few of them.
			expect(tookMs.toSorted((a, b) => a - b)[20]).toBeLessThan(50);
		});
	});
});
