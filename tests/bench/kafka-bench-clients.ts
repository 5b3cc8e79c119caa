// The two Kafka clients of kafka-clients.ts behind one interface, each set up as the bus would: acknowledged by
// all replicas, idempotent, offsets committed, answers to a fetch at once, a heartbeat every half a second.
import { setTimeout as pause } from 'node:timers/promises';
import { Consumer, Producer, stringDeserializers } from '@platformatic/kafka';
import kafkajs from 'kafkajs';

const sessionTimeoutMs = 10_000;
const rebalanceTimeoutMs = 15_000;
const heartbeatMs = 500;

export interface BenchEvent {
	readonly key: string;
	readonly value: Buffer;
}

export interface BenchClient {
	/** Resolves when all are stored. */
	send(topic: string, events: readonly BenchEvent[]): Promise<void>;
	/** Reads the topic from its start, or from where the group was; resolves when it has joined. */
	join(
		topic: string,
		group: string,
		onEvents: (events: readonly BenchEvent[]) => Promise<void> | void,
	): Promise<{ leave(): Promise<void> }>;
	leaveAll(): Promise<void>;
	close(): Promise<void>;
}

export async function createTopic(
	brokers: readonly string[],
	topic: string,
	partitions: number,
): Promise<void> {
	const admin = new kafkajs.Kafka({ brokers: [...brokers] }).admin();
	await admin.connect();
	await admin.createTopics({ topics: [{ topic, numPartitions: partitions }] });
	await admin.disconnect();
}

export function openKafkaJs(brokers: readonly string[]): BenchClient {
	const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
	const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
	const producer = kafka.producer({ idempotent: true, createPartitioner });
	const connected = producer.connect();
	const members = new Set<() => Promise<void>>();
	return {
		async send(topic, events) {
			await connected;
			await producer.send({ topic, messages: [...events], acks: -1 });
		},
		async join(topic, groupId, onEvents) {
			const consumer = kafka.consumer({
				groupId,
				sessionTimeout: sessionTimeoutMs,
				rebalanceTimeout: rebalanceTimeoutMs,
				heartbeatInterval: heartbeatMs,
				maxWaitTimeInMs: heartbeatMs,
			});
			await consumer.connect();
			await consumer.subscribe({ topic, fromBeginning: true });
			const joined = new Promise<void>((resolve) => {
				consumer.on(consumer.events.GROUP_JOIN, () => resolve());
			});
			await consumer.run({
				eachBatch: async ({ batch: { messages } }) => onEvents(messages.map(toEvent)),
			});
			await joined;
			return membership(members, () => consumer.disconnect());
		},
		leaveAll: () => leaveAll(members),
		close: () => producer.disconnect(),
	};
}

export function openPlatformatic(brokers: readonly string[]): BenchClient {
	const bootstrapBrokers = [...brokers];
	const producer = new Producer({
		clientId: 'bench',
		bootstrapBrokers,
		idempotent: true,
		acks: -1,
	});
	const members = new Set<() => Promise<void>>();
	return {
		async send(topic, events) {
			const messages = events.map(({ key, value }) => ({ topic, key: Buffer.from(key), value }));
			await producer.send({ messages });
		},
		async join(topic, groupId, onEvents) {
			const consumer = new Consumer({
				groupId,
				clientId: 'bench',
				bootstrapBrokers,
				deserializers: { key: stringDeserializers.key },
				sessionTimeout: sessionTimeoutMs,
				rebalanceTimeout: rebalanceTimeoutMs,
				heartbeatInterval: heartbeatMs,
			});
			const stream = await consumer.consume({
				topics: [topic],
				mode: 'committed',
				fallbackMode: 'earliest',
				autocommit: 100,
				minBytes: 1,
				maxWaitTime: heartbeatMs,
			});
			stream.on('data', ({ key, value }) => void onEvents([{ key, value }]));
			// Its stream is there before its first fetch.
			await pause(0);
			return membership(members, async () => {
				await stream.close();
				await consumer.close(true);
			});
		},
		leaveAll: () => leaveAll(members),
		close: () => producer.close(),
	};
}

function toEvent({ key, value }: { key: Buffer | null; value: Buffer | null }): BenchEvent {
	return { key: key?.toString() ?? '', value: value ?? Buffer.of() };
}

function membership(members: Set<() => Promise<void>>, leave: () => Promise<void>) {
	members.add(leave);
	return {
		leave: () => {
			members.delete(leave);
			return leave();
		},
	};
}

async function leaveAll(members: Set<() => Promise<void>>): Promise<void> {
	for (const leave of members) await leave();
	members.clear();
}
