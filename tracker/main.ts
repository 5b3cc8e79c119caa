// `npm run start:tracker`: the tracker of a cluster, with Kafka for its bus, Redis or SQLite for its state, and doors of
// its own. Chooses the adapters.
import { randomFillSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createKafkaBus } from '../bus/kafka-bus.ts';
import { kafkaAccessOf } from '../bus/kafka-settings.ts';
import { nodeClock as clock } from '../bus/node-clock.ts';
import { openObservation } from '../bus/observation.ts';
import { openLog } from '../bus/pino-log.ts';
import { watchProgram } from '../bus/program-use.ts';
import { mergeSettings, runProgram, type RunningProgram } from '../bus/program.ts';
import { readTrackerDoors, trackerDoorsConfig } from './cluster-config.ts';
import { redisOf, settingsOf, topicsOf, trackerConfig } from './config.ts';
import { createEmbeddedStore } from './store/embedded-store.ts';
import { createRedisStore } from './store/redis-store.ts';
import { createTracker } from './tracker.ts';
import { openTrackerDoors } from './tracker-doors.ts';

const randomBytes = (target: Uint8Array) => void randomFillSync(target);

await runProgram({
	about: 'Giggityflix tracker: who has what now, for the edges of a cluster.',
	settings: mergeSettings(trackerConfig.describeConfig(), trackerDoorsConfig.describeConfig()),
	addressHint: 'TRACKER_LISTEN_ADDRESS and TRACKER_HTTP_ADDRESS choose other ports.',
	start,
});

async function start(): Promise<RunningProgram> {
	const config = trackerConfig.readConfig(process.env);
	const cluster = trackerDoorsConfig.readConfig(process.env);
	const logger = openLog(config.LOG_LEVEL).child({ program: 'tracker' });
	mkdirSync(config.DATA_DIR, { recursive: true });
	const observation = await openObservation(config.OTEL_EXPORTER_OTLP_ENDPOINT, {
		service: 'giggityflix-tracker',
		instance: hostname(),
		clock,
	});
	const { registry, tracer } = observation;
	const { bus, busWatch } = observation.watch(
		createKafkaBus({
			...kafkaAccessOf(cluster),
			producer: 'tracker',
			topicPartitions: cluster.KAFKA_TOPIC_PARTITIONS,
			...{ clock, randomBytes, logger, tracer },
		}),
	);
	const redis = redisOf(config);
	const store = redis
		? createRedisStore({ settings: redis, randomBytes, logger })
		: createEmbeddedStore(join(config.DATA_DIR, 'tracker.sqlite'));
	const tracker = createTracker({
		...{ store, bus, clock, randomBytes, logger, registry, tracer },
		program: { use: watchProgram(clock), bus: busWatch },
		topics: topicsOf(config),
		// Redis remembers who holds whom while a tracker is restarted.
		config: { ...settingsOf(config), isClustered: redis === undefined },
	});
	const doors = await openTrackerDoors({ tracker, registry, logger, ...readTrackerDoors(cluster) });
	await tracker.start();
	doors.setServing(true);
	const { host } = cluster.TRACKER_LISTEN_ADDRESS;
	console.log(`\n  Tracker is ready: gRPC ${host}:${doors.grpcPort}`);
	console.log(`  probes http://${cluster.TRACKER_HTTP_ADDRESS.host}:${doors.httpPort}\n`);
	const stop = async () => {
		doors.setServing(false);
		await doors.close();
		await tracker.stop();
		await bus.close();
		await store.close();
		await observation.close();
	};
	return { logger, stop };
}
