// Where a group begins that reads a topic for the first time: at its end, decided before anybody joins. Left
// to kafkajs, each member would look up the end of what it was assigned at its first fetch; what is
// published before that, or handled but not committed when a member dies, would be lost.
import kafkajs, { type Cluster, type PartitionAssigner } from 'kafkajs';
import type { Topic } from '../topics.ts';

/** kafkajs shows its connections to assigners alone, so this one, its default, is asked for them. */
export function createAssigner(): { assigner: PartitionAssigner; cluster(): Cluster } {
	let shown: Cluster | undefined;
	return {
		assigner: (config) => {
			shown = config.cluster;
			return kafkajs.PartitionAssigners.roundRobin(config);
		},
		cluster: () => {
			if (!shown) throw new Error('the consumer has not made its assigner yet');
			return shown;
		},
	};
}

/**
 * Commits the end of every topic the group has committed nothing of. A partition added later stays without
 * an offset and is read from its start, as nothing in it is old. The brokers accept this from outside of a
 * group only while it is empty: with members in it, one of them has come this far already.
 */
export async function commitStartingOffsets(
	cluster: Cluster,
	group: string,
	topics: readonly Topic[],
): Promise<void> {
	await cluster.addMultipleTargetTopics([...topics]);
	const coordinator = await cluster.findGroupCoordinator({ groupId: group });
	const partitionsOf = topics.map((topic) => ({
		topic,
		partitions: cluster
			.findTopicPartitionMetadata(topic)
			.map(({ partitionId }) => ({ partition: partitionId, offset: '-1' })),
	}));
	const { responses } = await coordinator.offsetFetch({ groupId: group, topics: partitionsOf });
	const untouched = responses.filter(({ partitions }) =>
		partitions.every(({ offset }) => Number(offset) < 0),
	);
	if (untouched.length === 0) return;
	const ends = await cluster.fetchTopicsOffset(
		untouched.map((each) => ({ ...each, fromBeginning: false })),
	);
	try {
		const outsider = { memberId: '', groupGenerationId: -1 };
		await coordinator.offsetCommit({ groupId: group, ...outsider, topics: ends });
	} catch (error) {
		if (!isGroupInUse(error)) throw error;
	}
}

function isGroupInUse(error: unknown): boolean {
	return error instanceof kafkajs.KafkaJSProtocolError && error.type === 'UNKNOWN_MEMBER_ID';
}
