// The Kafka bus while brokers and members come and go: what was published and what arrived, checked against
// the model of tests/support/bus-history.ts.
import { fromJson, type JsonValue } from '@bufbuild/protobuf';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createKafkaBus, type KafkaBus, type KafkaBusOptions } from '../../bus/kafka-bus.ts';
import type { Subscription } from '../../bus/message-bus.ts';
import { nodeClock } from '../../bus/node-clock.ts';
import { asTopic, type Topic } from '../../bus/topics.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import { BusEventSchema } from '../../proto/gen/giggityflix/v1/events_pb.js';
import { insist } from '../../tracker/insist.ts';
import { createBusHistory, type BusHistory } from '../support/bus-history.ts';
import { startKafkaBroker, whyNoKafka, type KafkaBroker } from '../support/kafka/kafka-broker.ts';
import { membersOf } from '../support/kafka/raw-topic.ts';
import { shortTiming } from '../support/kafka/short-timing.ts';
import { entriesOf, numbered } from '../support/numbered-events.ts';

const memberProcess = fileURLToPath(new URL('../support/kafka-member-process.ts', import.meta.url));

describe.skipIf(whyNoKafka())('kafka-bus under faults', () => {
	let broker: KafkaBroker;
	const open: { close(): Promise<void> }[] = [];

	beforeAll(async () => {
		broker = await startKafkaBroker();
	}, 300_000);
	afterEach(async () => {
		await Promise.all(open.splice(0).map((each) => each.close()));
	});
	afterAll(() => broker.close());

	function openBus(options: Partial<KafkaBusOptions> = {}): KafkaBus {
		const bus = createKafkaBus({
			brokers: [broker.address],
			producer: 'test',
			topicPartitions: 6,
			clock: nodeClock,
			randomBytes: (target) => void crypto.getRandomValues(target),
			logger: { info: () => undefined, warn: () => undefined },
			timing: shortTiming,
			...options,
		});
		open.push(bus);
		return bus;
	}

	const joinTo = (bus: KafkaBus, topic: Topic, group: string, history: BusHistory) =>
		bus.subscribe({
			group,
			topics: [topic],
			handle: async (event) => {
				await pause(1);
				history.delivered(event);
			},
		});

	/** Everything has arrived in order, and every event is committed. */
	async function settles(history: BusHistory, bus: KafkaBus): Promise<void> {
		await vi.waitFor(
			async () => {
				expect(history.missing()).toBe(0);
				expect((await bus.lag()).map(({ events }) => events)).toEqual([0]);
			},
			{ timeout: 60_000, interval: 250 },
		);
		expect(history.disorder()).toEqual([]);
	}

	it('keeps its place in the group while a handler waits for a store that is away', async () => {
		const [topic, group] = names();
		const bus = openBus();
		const logger = { info: () => undefined, warn: () => undefined };
		const awayMs = shortTiming.sessionTimeoutMs + shortTiming.rebalanceTimeoutMs + 1_000;
		const backAtMs = performance.now() + awayMs;
		let tries = 0;
		let handled = 0;
		await bus.subscribe({
			group,
			topics: [topic],
			handle: () =>
				insist({ clock: nodeClock, logger }, async () => {
					tries += 1;
					if (performance.now() < backAtMs) {
						throw new GiggityflixError('unavailable', 'the store is away');
					}
					handled += 1;
				}),
		});
		await bus.publish(topic, 'key', numbered('key', 1));
		await expect.poll(() => handled, { timeout: 2 * awayMs }).toBe(1);
		expect(tries).toBeGreaterThan(10);
		expect(bus.counts()).toMatchObject({ restarts: 0, retried: 0, putAside: 0, delivered: 1 });
		await expect.poll(async () => (await bus.lag()).map(({ events }) => events)).toEqual([0]);
	});

	it('loses nothing when the broker crashes twice and comes back', async () => {
		const [topic, group] = names();
		const bus = openBus();
		const history = createBusHistory(20, 10);
		await joinTo(bus, topic, group, history);
		const publishing = new AbortController();
		const published = history.publishTo(bus, topic, publishing.signal);
		for (const awayMs of [1_000, 8_000]) {
			await pause(2_000);
			await broker.kill();
			await pause(awayMs);
			await broker.start();
		}
		await pause(2_000);
		publishing.abort();
		await published;
		await settles(history, bus);
		expect(history.published()).toBeGreaterThan(1_000);
	}, 120_000);

	it('loses nothing while members join and leave every two seconds', async () => {
		const [topic, group] = names();
		const history = createBusHistory(40, 20);
		const publisher = openBus();
		const stays = openBus();
		await joinTo(stays, topic, group, history);
		const publishing = new AbortController();
		const published = history.publishTo(publisher, topic, publishing.signal);
		const coming: Subscription[] = [];
		for (let round = 0; round < 15; round += 1) {
			if (round % 3 === 2) await Promise.all(coming.splice(0, 1).map((each) => each.close()));
			else coming.push(await joinTo(openBus(), topic, group, history));
			await pause(2_000);
		}
		publishing.abort();
		await published;
		await settles(history, stays);
		expect(stays.counts().restarts).toBe(0);
		expect(history.published()).toBeGreaterThan(10_000);
	}, 150_000);

	it.each(['SIGKILL', 'SIGSTOP'] as const)(
		'loses nothing when a member is struck by %s',
		async (signal) => {
			const [topic, group] = names();
			const history = createBusHistory(20, 10);
			const bus = openBus();
			await joinTo(bus, topic, group, history);
			const member = await startMember(broker, topic, group, history);
			open.push(member);
			const publishing = new AbortController();
			const published = history.publishTo(bus, topic, publishing.signal);
			await vi.waitFor(() => expect(member.handled()).toBeGreaterThan(50), { timeout: 20_000 });
			member.process.kill(signal);
			// Longer than its session: its partitions have gone to us when it wakes.
			await pause(shortTiming.sessionTimeoutMs + 2_000);
			const handledBefore = member.handled();
			member.process.kill('SIGCONT');
			if (signal === 'SIGSTOP') {
				await vi.waitFor(() => expect(member.handled()).toBeGreaterThan(handledBefore + 50), {
					timeout: 20_000,
				});
			}
			publishing.abort();
			await published;
			await settles(history, bus);
		},
		90_000,
	);

	it('keeps a member whose handler takes longer than its session', async () => {
		const [topic, group] = names();
		const bus = openBus();
		const handled: string[] = [];
		await bus.subscribe({
			group,
			topics: [topic],
			handle: async (event) => {
				await pause(shortTiming.sessionTimeoutMs + 2_000);
				handled.push(...entriesOf(event).map(({ catalogId }) => catalogId));
			},
		});
		await bus.publish(topic, 'slow', numbered('slow', 1));
		await vi.waitFor(() => expect(handled).toEqual(['slow']), { timeout: 20_000 });
		await vi.waitFor(async () => expect((await bus.lag())[0]?.events).toBe(0));
		expect(bus.counts()).toMatchObject({ delivered: 1, retried: 0, restarts: 0 });
	}, 40_000);

	it('stays in its group when the clock on the wall is set back by an hour', async () => {
		const [topic, group] = names();
		const bus = openBus();
		const history = createBusHistory(5, 50);
		await joinTo(bus, topic, group, history);
		const publishing = new AbortController();
		const published = history.publishTo(bus, topic, publishing.signal);
		const trueNow = Date.now;
		const wall = vi.spyOn(Date, 'now').mockImplementation(() => trueNow() - 3_600_000);
		onTestFinished(() => wall.mockRestore());
		// kafkajs would send no heartbeat for an hour; without one the group has lost its member by then.
		await pause(shortTiming.sessionTimeoutMs + 1_000);
		publishing.abort();
		await published;
		await settles(history, bus);
		const restarts = bus.counts().restarts;
		expect(restarts).toBeGreaterThan(0);
		await pause(shortTiming.sessionTimeoutMs + 1_000);
		expect(await membersOf([broker.address], group)).toBe(1);
		expect(bus.counts().restarts).toBe(restarts);
	}, 60_000);

	it('goes on where it was when a group comes back', async () => {
		const [topic, group] = names();
		const history = createBusHistory(10, 5);
		const first = openBus();
		await joinTo(first, topic, group, history);
		const publisher = openBus();
		const publishing = new AbortController();
		const published = history.publishTo(publisher, topic, publishing.signal);
		await pause(500);
		await first.close();
		await pause(500);
		publishing.abort();
		await published;
		expect(history.missing()).toBeGreaterThan(0);
		const second = openBus();
		await joinTo(second, topic, group, history);
		await settles(history, second);
		expect(history.repeated()).toBe(0);
	}, 40_000);

	it('says that no broker is there, in time, and keeps what waits bounded', async () => {
		const bus = openBus({ brokers: ['127.0.0.1:1'] });
		const [topic, group] = names();
		const startedMs = performance.now();
		const unavailable = { code: 'unavailable' };
		const publishing = bus.publish(topic, 'key', numbered('key', 1));
		const subscribing = bus.subscribe({ group, topics: [topic], handle: async () => undefined });
		await Promise.all([
			expect(publishing).rejects.toMatchObject(unavailable),
			expect(subscribing).rejects.toMatchObject(unavailable),
		]);
		expect(performance.now() - startedMs).toBeLessThan(3 * shortTiming.deliveryTimeoutMs);
		expect(bus.counts().waiting).toBe(0);
	}, 40_000);
});

function names(): [topic: Topic, group: string] {
	return [asTopic(`test.${randomUUID()}`), `group-${randomUUID()}`];
}

interface Member {
	readonly process: ChildProcess;
	handled(): number;
	close(): Promise<void>;
}

async function startMember(
	broker: KafkaBroker,
	topic: Topic,
	group: string,
	history: BusHistory,
): Promise<Member> {
	const child = spawn(
		process.execPath,
		['--disable-warning=ExperimentalWarning', memberProcess, broker.address, topic, group],
		{ stdio: ['pipe', 'pipe', 'inherit'] },
	);
	let handled = 0;
	const closed = new Promise((resolve) => child.once('close', resolve));
	await new Promise<void>((resolve) => {
		createInterface(child.stdout).on('line', (line) => {
			const said = JSON.parse(line) as JsonValue;
			if (said === 'joined') {
				resolve();
				return;
			}
			handled += 1;
			history.delivered(fromJson(BusEventSchema, said));
		});
	});
	return {
		process: child,
		handled: () => handled,
		async close() {
			child.kill('SIGKILL');
			await closed;
		},
	};
}
