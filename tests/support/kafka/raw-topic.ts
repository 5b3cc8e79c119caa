// Topics and groups as a stranger sees them: bytes, headers and members, past the bus and what it makes of them.
import { randomUUID } from 'node:crypto';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import type { Topic } from '../../../bus/topics.ts';

const clientOf = (brokers: readonly string[]) =>
	new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });

export async function writeRaw(
	brokers: readonly string[],
	topic: Topic,
	messages: readonly { key: string; value: Buffer | null }[],
): Promise<void> {
	const createPartitioner = kafkajs.Partitioners.DefaultPartitioner;
	const producer = clientOf(brokers).producer({ createPartitioner });
	await producer.connect();
	await producer.send({ topic, messages: [...messages] });
	await producer.disconnect();
}

/** Reads from the start of the topic until there are `count` messages. */
export async function readRaw(
	brokers: readonly string[],
	topic: Topic,
	count: number,
): Promise<KafkaMessage[]> {
	const consumer = clientOf(brokers).consumer({ groupId: `raw-${randomUUID()}` });
	const messages: KafkaMessage[] = [];
	await consumer.connect();
	await consumer.subscribe({ topics: [topic], fromBeginning: true });
	await new Promise<void>((resolve, reject) => {
		const eachMessage = async ({ message }: { message: KafkaMessage }) => {
			messages.push(message);
			if (messages.length === count) resolve();
		};
		consumer.run({ eachMessage }).catch(reject);
	});
	await consumer.disconnect();
	return messages;
}

export async function partitionsOf(brokers: readonly string[], topic: Topic): Promise<number> {
	const admin = clientOf(brokers).admin();
	await admin.connect();
	const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
	await admin.disconnect();
	return topics[0]?.partitions.length ?? 0;
}

/** How many members the brokers count in a group. */
export async function membersOf(brokers: readonly string[], group: string): Promise<number> {
	const admin = clientOf(brokers).admin();
	await admin.connect();
	const { groups } = await admin.describeGroups([group]);
	await admin.disconnect();
	return groups[0]?.members.length ?? 0;
}
