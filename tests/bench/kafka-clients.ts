// kafkajs, which the bus is built on, beside @platformatic/kafka on the same broker: events stored and read a
// second, the way of a single event, and for how long deliveries stop when a member joins or leaves.
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { openKafka } from '../support/kafka/kafka-broker.ts';
import {
	createTopic,
	openKafkaJs,
	openPlatformatic,
	type BenchClient,
	type BenchEvent,
} from './kafka-bench-clients.ts';
import { median, printComparison, quantile } from './measure.ts';

const partitions = 6;
const rounds = 3;
const bulkCount = 100_000;
const batchSize = 1_000;
const value = Buffer.alloc(200, 7);
const singleCount = 300;
/** Keys that are written to all the time while members come and go, and how often. */
const heartbeatKeys = 24;
const heartbeatMs = 10;

interface Figures {
	readonly storedPerSecond: number[];
	readonly readPerSecond: number[];
	readonly medianMs: number[];
	readonly p99Ms: number[];
	readonly joinPauseMs: number[];
	readonly leavePauseMs: number[];
}

const kafka = await openKafka();
try {
	const subjects = [openKafkaJs(kafka.brokers), openPlatformatic(kafka.brokers)] as const;
	const figures = subjects.map((): Figures => ({
		storedPerSecond: [],
		readPerSecond: [],
		medianMs: [],
		p99Ms: [],
		joinPauseMs: [],
		leavePauseMs: [],
	}));
	// The first round warms the broker and both clients up and is not counted.
	for (let round = 0; round <= rounds; round += 1) {
		for (const [index, subject] of subjects.entries()) {
			const taken = await measure(subject);
			if (round === 0) continue;
			for (const name of Object.keys(taken) as (keyof Figures)[]) {
				figures[index]?.[name].push(...taken[name]);
			}
		}
	}
	print(figures[0]!, figures[1]!);
	for (const subject of subjects) await subject.close();
} finally {
	await kafka.close();
}

async function measure(client: BenchClient): Promise<Figures> {
	const bulk = await measureBulk(client);
	const single = await measureSingle(client);
	const changes = await measureMembership(client);
	return { ...bulk, ...single, ...changes };
}

async function newTopic(): Promise<string> {
	const topic = `bench.${randomUUID()}`;
	await createTopic(kafka.brokers, topic, partitions);
	return topic;
}

async function measureBulk(client: BenchClient) {
	const topic = await newTopic();
	const storing = performance.now();
	for (let sent = 0; sent < bulkCount; sent += batchSize) {
		await client.send(
			topic,
			Array.from({ length: batchSize }, (_, index) => ({ key: `key-${index}`, value })),
		);
	}
	const stored = performance.now();
	let count = 0;
	let firstMs = 0;
	await new Promise<void>((resolve, reject) => {
		const onEvents = (events: readonly BenchEvent[]) => {
			if (count === 0) firstMs = performance.now();
			count += events.length;
			if (count >= bulkCount) resolve();
		};
		client.join(topic, `group-${randomUUID()}`, onEvents).catch(reject);
	});
	const readMs = performance.now() - firstMs;
	await client.leaveAll();
	return {
		storedPerSecond: [(bulkCount / (stored - storing)) * 1000],
		readPerSecond: [(bulkCount / readMs) * 1000],
	};
}

async function measureSingle(client: BenchClient) {
	const topic = await newTopic();
	let arrived: () => void = () => undefined;
	await client.join(topic, `group-${randomUUID()}`, () => arrived());
	const tookMs: number[] = [];
	for (let index = 0; index < singleCount; index += 1) {
		const arrival = new Promise<void>((resolve) => (arrived = resolve));
		const startedMs = performance.now();
		await client.send(topic, [{ key: `key-${index}`, value }]);
		await arrival;
		tookMs.push(performance.now() - startedMs);
	}
	await client.leaveAll();
	return { medianMs: [median(tookMs)], p99Ms: [quantile(tookMs, 0.99)] };
}

/** The longest time for which any key heard nothing while a second member joined, and while it left. */
async function measureMembership(client: BenchClient) {
	const topic = await newTopic();
	const group = `group-${randomUUID()}`;
	const heard = new Map<string, number>();
	let longestMs = 0;
	const onEvents = (events: readonly BenchEvent[]) => {
		const nowMs = performance.now();
		for (const { key } of events) {
			longestMs = Math.max(longestMs, nowMs - (heard.get(key) ?? nowMs));
			heard.set(key, nowMs);
		}
	};
	await client.join(topic, group, onEvents);
	const sending = sendHeartbeats(client, topic);
	await pause(1_000);
	longestMs = 0;
	const second = await client.join(topic, group, onEvents);
	await pause(4_000);
	const joinPauseMs = longestMs;
	longestMs = 0;
	await second.leave();
	await pause(4_000);
	const leavePauseMs = longestMs;
	await sending.stop();
	await client.leaveAll();
	return { joinPauseMs: [joinPauseMs], leavePauseMs: [leavePauseMs] };
}

function sendHeartbeats(client: BenchClient, topic: string): { stop(): Promise<void> } {
	const stopping = new AbortController();
	const keys = Array.from({ length: heartbeatKeys }, (_, index) => `key-${index}`);
	const events = keys.map((key) => ({ key, value }));
	const sendAll = async () => {
		while (!stopping.signal.aborted) {
			await client.send(topic, events);
			await pause(heartbeatMs);
		}
	};
	const sent = sendAll();
	return {
		stop: () => {
			stopping.abort();
			return sent;
		},
	};
}

function print(ours: Figures, other: Figures): void {
	const lines: readonly [keyof Figures, string, string][] = [
		['storedPerSecond', 'Events stored a second, batches of 1,000', '/s'],
		['readPerSecond', 'Events read a second, offsets committed', '/s'],
		['medianMs', 'One event from send to handler, median', 'ms'],
		['p99Ms', 'One event from send to handler, p99', 'ms'],
		['joinPauseMs', 'Longest silence when a member joins', 'ms'],
		['leavePauseMs', 'Longest silence when a member leaves', 'ms'],
	];
	console.log('kafkajs against @platformatic/kafka');
	for (const [name, what, unit] of lines) {
		const yardstick = median(other[name]);
		printComparison({ what, ours: median(ours[name]), yardstick, unit });
	}
}
