// How many announced events a second a tracker takes from Kafka into Redis, one film in each and a page of films in each,
// and how long a command is on its way through the bus at 2,000 a second, beside kafkajs and redis-benchmark. All readers
// of a topic are timed from when they have joined to their last event. One reads and does nothing: not even what an event
// says is looked at. One decodes each event and stores it with a single HSET, a fetch in one pipeline: the least that any
// tracker does. `node tests/bench/tracker-events.ts [films]`, 60,000 unless said otherwise,
// whole pages of them.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import kafkajs from 'kafkajs';
import { createEventSeal } from '../../bus/event-envelope.ts';
import { createKafkaBus, type KafkaBus } from '../../bus/kafka-bus.ts';
import { nodeClock } from '../../bus/node-clock.ts';
import { asTopic, defaultTopics } from '../../bus/topics.ts';
import {
	BusEventSchema,
	EdgeCommandSchema,
	PeerCatalogUpdatedSchema,
} from '../../proto/gen/giggityflix/v1/events_pb.js';
import { deriveCatalogId, randomId, type OfferId, type PeerId } from '../../proto/ids.ts';
import { settingsOf, trackerConfig } from '../../tracker/config.ts';
import { createRedisStore } from '../../tracker/store/redis-store.ts';
import { createTracker } from '../../tracker/tracker.ts';
import { openKafka } from '../support/kafka/kafka-broker.ts';
import { startRedis } from '../support/redis.ts';
import { makeOffer } from '../support/tracker-world.ts';
import { createTopic, openKafkaJs } from './kafka-bench-clients.ts';
import { median, printComparison, printFigure, quantile } from './measure.ts';
import { runRedisBenchmark } from './redis-benchmark.ts';

const entryCount = Number(process.argv[2] ?? 60_000);
const peerCount = 3_000;
/** As many as a page of a usual library has. */
const entriesOfPage = 100;
const partitions = 12;
/** Entries of one request to the brokers. */
const entriesPerRequest = 1_000;
/** Both read the topic in turns; the first turn warms them up and is not counted. */
const rounds = 3;
const commandsPerTick = 10;
const tickMs = 5;
const commandTicks = 2_000;
const warmUpTicks = 400;
const mostMsAtP99 = 50;

const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);
const logger = { info: () => undefined, warn: console.warn };
const seal = createEventSeal({ producer: 'bench', clock: nodeClock, randomBytes });

const kafka = await openKafka();
const redis = await startRedis();
const plain = openKafkaJs(kafka.brokers);
try {
	const redisPerSecond = runRedisBenchmark(redis);
	await measureEvents({ what: 'Films told one by one', entriesOfEvent: 1, redisPerSecond });
	await measureEvents({
		what: `Films told by the ${entriesOfPage}`,
		...{ entriesOfEvent: entriesOfPage, redisPerSecond },
	});
	await measureCommands();
} finally {
	await plain.close();
	await redis.close();
	await kafka.close();
}

/**
 * Told one by one, as peers do while they hash theirs, or by the page, as they do when they come: the next announcement
 * of a peer comes after those of all others.
 */
async function measureEvents(series: {
	readonly what: string;
	readonly entriesOfEvent: number;
	readonly redisPerSecond: number;
}): Promise<void> {
	const { what, entriesOfEvent, redisPerSecond } = series;
	const topic = `bench.${randomUUID()}`;
	await createTopic(kafka.brokers, topic, partitions);
	const eventCount = entryCount / entriesOfEvent;
	const eventsPerRequest = entriesPerRequest / entriesOfEvent;
	for (let sent = 0; sent < eventCount; sent += eventsPerRequest) {
		const length = Math.min(eventsPerRequest, eventCount - sent);
		const numbers = Array.from({ length }, (_, at) => sent + at);
		await plain.send(
			topic,
			numbers.map((number) => announcement(number, entriesOfEvent)),
		);
	}
	const rates: Record<'ours' | 'bare' | 'least', number[]> = { ours: [], bare: [], least: [] };
	for (let round = 0; round <= rounds; round += 1) {
		const bare = await readBare(topic, eventCount, () => Promise.resolve());
		const least = await readBare(topic, eventCount, storeEach);
		const ours = await readByTracker(topic, eventCount);
		if (round === 0) continue;
		rates.bare.push(bare);
		rates.least.push(least);
		rates.ours.push(ours);
	}
	const ours = median(rates.ours);
	printComparison({
		what: `${what}, events from Kafka into Redis, beside reading alone`,
		...{ ours, yardstick: median(rates.bare), unit: '/s', goal: { atLeast: 0.75 } },
	});
	printComparison({
		what: '… beside reading, decoding and one HSET each',
		...{ ours, yardstick: median(rates.least), unit: '/s' },
	});
	printComparison({
		what: '… entries, beside redis-benchmark with a hundred in flight',
		ours: ours * entriesOfEvent,
		...{ yardstick: redisPerSecond, unit: '/s', goal: { atLeast: 0.5 } },
	});
}

function announcement(number: number, entries: number): { key: string; value: Buffer } {
	const peerId = `gf${(number % peerCount).toString(32).padStart(32, 'a')}` as PeerId;
	const upserted = Array.from({ length: entries }, (_, at) => {
		const film = number * entries + at;
		const offerId = randomId<OfferId>(randomBytes);
		const offer = makeOffer(film, {
			...{ offerId, title: `A film of a usual name ${film}` },
			mediaId: randomBytes(new Uint8Array(32)),
		});
		return { catalogId: deriveCatalogId(peerId, offerId), offer };
	});
	const value = create(PeerCatalogUpdatedSchema, {
		...{ peerId, edgeId: 'edge-a', sessionId: 's', isLast: true, upserted },
		catalogSequence: BigInt(Math.floor(number / peerCount) + 1),
	});
	const event = seal({ case: 'peerCatalogUpdated', value });
	return { key: peerId, value: Buffer.from(toBinary(BusEventSchema, event)) };
}

/** Events a second from having joined to the last. */
async function readBare(
	topic: string,
	eventCount: number,
	work: (values: readonly Buffer[]) => Promise<void>,
): Promise<number> {
	await redis.client.flushdb();
	let count = 0;
	let finish: () => void = () => undefined;
	const finished = new Promise<void>((resolve) => (finish = resolve));
	await plain.join(topic, `bare-${randomUUID()}`, async (events) => {
		await work(events.map(({ value }) => value));
		count += events.length;
		if (count >= eventCount) finish();
	});
	const joinedMs = performance.now();
	await finished;
	const tookMs = performance.now() - joinedMs;
	await plain.leaveAll();
	return eventCount / (tookMs / 1_000);
}

async function storeEach(values: readonly Buffer[]): Promise<void> {
	const pipeline = redis.client.pipeline();
	for (const value of values) {
		const { body } = fromBinary(BusEventSchema, value);
		if (body.case === 'peerCatalogUpdated')
			pipeline.hset(body.value.peerId, body.value.catalogSequence.toString(), value);
	}
	await pipeline.exec();
}

async function readByTracker(topic: string, eventCount: number): Promise<number> {
	await redis.client.flushdb();
	const groupId = `tracker-${randomUUID()}`;
	await startGroupAtBeginning(groupId, topic);
	const bus = openBus('tracker');
	const store = createRedisStore({ settings: redis.settings, randomBytes, logger });
	const tracker = createTracker({
		...{ store, bus, clock: nodeClock, randomBytes, logger },
		topics: { ...defaultTopics, peerCatalogUpdated: asTopic(topic) },
		config: { ...settingsOf(trackerConfig.readConfig({})), groupId },
	});
	await tracker.start();
	const joinedMs = performance.now();
	while (bus.counts().delivered < eventCount) await pause(5);
	const tookMs = performance.now() - joinedMs;
	const { entries } = tracker.counts();
	if (entries !== entryCount) throw new Error(`${entries} entries of ${entryCount}`);
	await tracker.stop();
	await bus.close();
	await store.close();
	return eventCount / (tookMs / 1_000);
}

/** A new group would begin at the end. */
async function startGroupAtBeginning(groupId: string, topic: string): Promise<void> {
	const logLevel = kafkajs.logLevel.NOTHING;
	const admin = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel }).admin();
	await admin.connect();
	const partitionsAtStart = Array.from({ length: partitions }, (_, partition) => ({
		...{ partition, offset: '0' },
	}));
	await admin.setOffsets({ groupId, topic, partitions: partitionsAtStart });
	await admin.disconnect();
}

function openBus(producer: string): KafkaBus {
	const parts = { clock: nodeClock, randomBytes, logger, topicPartitions: partitions };
	return createKafkaBus({ ...parts, brokers: kafka.brokers, producer });
}

async function measureCommands(): Promise<void> {
	const [ours, bare] = [await timeOurCommands(), await timeBareCommands()];
	for (const [what, q] of [
		['median', 0.5],
		['p99', 0.99],
	] as const) {
		const yardstick = quantile(bare, q);
		const compared = { ours: quantile(ours, q), yardstick, unit: 'ms' };
		printComparison({ what: `A command through the bus at 2,000/s, ${what}`, ...compared });
	}
	printFigure('… p99', quantile(ours, 0.99), 'ms', mostMsAtP99);
}

async function timeOurCommands(): Promise<number[]> {
	const [tracker, edge] = [openBus('tracker'), openBus('edge')];
	const topic = asTopic(`bench.${randomUUID()}`);
	const times = recordTimes();
	await edge.subscribe({
		group: `edge-${randomUUID()}`,
		topics: [topic],
		handle: ({ body }) => {
			if (body.case === 'edgeCommand') times.arrived(Number(body.value.commandId));
			return Promise.resolve();
		},
	});
	await inTicks((numbers) =>
		Promise.all(
			numbers.map((number) => {
				const fields = { commandId: String(number), peerId: `peer-${number % peerCount}` };
				const value = create(EdgeCommandSchema, fields);
				times.sent(number);
				return tracker.publish(topic, value.peerId, { case: 'edgeCommand', value });
			}),
		),
	);
	const taken = await times.all();
	await Promise.all([tracker.close(), edge.close()]);
	return taken;
}

async function timeBareCommands(): Promise<number[]> {
	const topic = `bench.${randomUUID()}`;
	await createTopic(kafka.brokers, topic, partitions);
	const times = recordTimes();
	await plain.join(topic, `bare-${randomUUID()}`, (events) => {
		for (const { key } of events) times.arrived(Number(key));
	});
	const value = Buffer.alloc(64);
	await inTicks((numbers) => {
		for (const number of numbers) times.sent(number);
		return plain.send(
			topic,
			numbers.map((number) => ({ key: String(number), value })),
		);
	});
	const taken = await times.all();
	await plain.leaveAll();
	return taken;
}

/** Sends some numbers at every tick, whether or not those before have arrived. */
async function inTicks(send: (numbers: readonly number[]) => Promise<unknown>): Promise<void> {
	const sending: Promise<unknown>[] = [];
	const startedMs = performance.now();
	for (let tick = 0; tick < commandTicks; tick += 1) {
		const first = tick * commandsPerTick;
		sending.push(send(Array.from({ length: commandsPerTick }, (_, at) => first + at)));
		await pause(Math.max(0, startedMs + (tick + 1) * tickMs - performance.now()));
	}
	await Promise.all(sending);
}

function recordTimes() {
	const sentMs = new Map<number, number>();
	const tookMs: number[] = [];
	return {
		sent: (number: number) => void sentMs.set(number, performance.now()),
		arrived: (number: number) => {
			const startedMs = sentMs.get(number);
			if (sentMs.delete(number) && startedMs !== undefined) {
				tookMs[number] = performance.now() - startedMs;
			}
		},
		/** Without the first, which find everything cold. */
		all: async (): Promise<number[]> => {
			while (sentMs.size > 0) await pause(10);
			return tookMs.slice(warmUpTicks * commandsPerTick);
		},
	};
}
