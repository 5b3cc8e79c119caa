// One more tracker for a cluster, in this process, where it is there at once: a program takes seconds to start. It shares
// Kafka, Redis and the consumer group with the others, and no edge asks it anything.
import { randomFillSync } from 'node:crypto';
import { createKafkaBus } from '../../../bus/kafka-bus.ts';
import { openMetricRegistry } from '../../../bus/metric-registry.ts';
import { nodeClock as clock } from '../../../bus/node-clock.ts';
import { settingsOf, topicsOf, trackerConfig } from '../../../tracker/config.ts';
import { createRedisStore } from '../../../tracker/store/redis-store.ts';
import { createTracker } from '../../../tracker/tracker.ts';
import type { FaultCluster } from './fault-cluster.ts';

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
const randomBytes = (target: Uint8Array) => void randomFillSync(target);

/** Resolves when it has joined the group; what it answers leaves the group. */
export async function joinTracker({ broker, redis, group }: FaultCluster) {
	const config = trackerConfig.readConfig({ KAFKA_GROUP_ID: group });
	const bus = createKafkaBus({
		...{ brokers: [broker.address], topicPartitions: 3, producer: 'joining-tracker' },
		...{ clock, randomBytes, logger },
	});
	const store = createRedisStore({ settings: redis.settings, randomBytes, logger });
	const tracker = createTracker({
		...{ store, bus, clock, randomBytes, logger },
		registry: openMetricRegistry(),
		topics: topicsOf(config),
		config: settingsOf(config),
	});
	await tracker.start();
	return async (): Promise<void> => {
		await tracker.stop();
		await bus.close();
		await store.close();
	};
}
