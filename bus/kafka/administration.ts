// What has to be asked of the brokers beside events: topics that must exist, and how far a group is behind.
// One connection, made at the first question and dropped after a failure, since kafkajs does not mend it.
import type { Admin, Kafka } from 'kafkajs';
import type { Topic } from '../topics.ts';
import { fromKafkaError } from './kafka-error.ts';

export interface Administration {
	/** Creates the topics that do not exist. Asks nothing for those it has seen. */
	ensureTopics(topics: readonly Topic[]): Promise<void>;
	/** Looks again at the next `ensureTopics`: somebody may have deleted a topic. */
	forgetTopics(): void;
	/** Events of a topic that a group has not committed yet. */
	lag(group: string, topic: Topic): Promise<number>;
	close(): Promise<void>;
}

export function createAdministration(kafka: Kafka, partitions: number): Administration {
	const known = new Set<string>();
	let connecting: Promise<Admin> | undefined;

	async function ask<Answer>(
		doing: string,
		question: (admin: Admin) => Promise<Answer>,
	): Promise<Answer> {
		connecting ??= connect(kafka);
		const current = connecting;
		try {
			return await question(await current);
		} catch (caught) {
			if (connecting === current) {
				connecting = undefined;
				void disconnect(current);
			}
			throw fromKafkaError(caught, doing);
		}
	}

	return {
		async ensureTopics(topics) {
			if (topics.every((topic) => known.has(topic))) return;
			await ask('topics could not be looked up or created', async (admin) => {
				for (const topic of await admin.listTopics()) known.add(topic);
				for (const topic of topics) {
					if (known.has(topic)) continue;
					await createTopic(admin, topic, partitions);
					known.add(topic);
				}
			});
		},
		forgetTopics: () => known.clear(),
		lag: (group, topic) =>
			ask('the lag could not be read', async (admin) => {
				const [ends, [committed]] = await Promise.all([
					admin.fetchTopicOffsets(topic),
					admin.fetchOffsets({ groupId: group, topics: [topic] }),
				]);
				const done = new Map(committed?.partitions.map((each) => [each.partition, each.offset]));
				// A partition nobody has committed is read from its start.
				const behind = ends.map(({ partition, high, low }) =>
					Math.max(0, Number(high) - Math.max(Number(done.get(partition) ?? -1), Number(low))),
				);
				return behind.reduce((sum, events) => sum + events, 0);
			}),
		async close() {
			if (connecting) await disconnect(connecting);
		},
	};
}

async function connect(kafka: Kafka): Promise<Admin> {
	const admin = kafka.admin();
	await admin.connect();
	return admin;
}

/** A connection that cannot be closed is gone already. */
async function disconnect(connecting: Promise<Admin>): Promise<void> {
	await connecting.then((admin) => admin.disconnect()).catch(() => undefined);
}

/** Somebody else may create it at the same moment; kafkajs answers false then. */
async function createTopic(admin: Admin, topic: Topic, partitions: number): Promise<void> {
	// As many replicas as the brokers' own default: one broker has one, a cluster should have three.
	const wanted = { topic, numPartitions: partitions, replicationFactor: -1 };
	await admin.createTopics({ topics: [wanted], waitForLeaders: true });
}
