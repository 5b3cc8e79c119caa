// The whole product in one process: memory bus, tracker on SQLite or Redis, edge with the page. Chooses the adapters.
import { randomFillSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createMemoryBus } from './bus/memory-bus.ts';
import { nodeClock as clock } from './bus/node-clock.ts';
import { openObservation } from './bus/observation.ts';
import { openLog } from './bus/pino-log.ts';
import { mergeSettings, runProgram, type RunningProgram } from './bus/program.ts';
import { describeAddresses } from './edge-server/addresses.ts';
import { edgeSettings, readEdgeConfig } from './edge-server/config.ts';
import { createEdge } from './edge-server/edge.ts';
import { redisOf, settingsOf, trackerConfig } from './tracker/config.ts';
import { createEmbeddedStore } from './tracker/store/embedded-store.ts';
import { createRedisStore } from './tracker/store/redis-store.ts';
import { createTracker } from './tracker/tracker.ts';

const webRoot = fileURLToPath(new URL('build', import.meta.url));
const randomBytes = (target: Uint8Array) => void randomFillSync(target);

await runProgram({
	about: 'Giggityflix: everything in one process.',
	settings: mergeSettings(edgeSettings.describeConfig(), trackerConfig.describeConfig()),
	addressHint: 'Is Giggityflix running already? PORT and GRPC_SERVER_ADDRESS choose other ports.',
	start,
});

async function start(): Promise<RunningProgram> {
	const config = trackerConfig.readConfig(process.env);
	const edgeConfig = readEdgeConfig(process.env);
	const logger = openLog(config.LOG_LEVEL);
	mkdirSync(config.DATA_DIR, { recursive: true });

	const observation = await openObservation(config.OTEL_EXPORTER_OTLP_ENDPOINT, {
		service: 'giggityflix',
		instance: edgeConfig.edgeId,
		clock,
	});
	const { registry, tracer } = observation;
	const { bus, busWatch } = observation.watch(
		createMemoryBus({ producer: edgeConfig.edgeId, clock, randomBytes, logger, tracer }),
	);
	const redis = redisOf(config);
	const store = redis
		? createRedisStore({ settings: redis, randomBytes, logger })
		: createEmbeddedStore(join(config.DATA_DIR, 'tracker.sqlite'));
	const tracker = createTracker({
		store,
		bus,
		topics: edgeConfig.topics,
		clock,
		randomBytes,
		logger: logger.child({ program: 'tracker' }),
		config: settingsOf(config),
		registry,
		tracer,
	});
	const edge = createEdge({
		config: edgeConfig,
		bus,
		tracker: tracker.connectInMemory(),
		clock,
		randomBytes,
		logger: logger.child({ program: 'edge' }),
		webRoot,
		isClustered: false,
		registry,
		busWatch,
		tracer,
	});

	await tracker.start();
	const ports = await edge.start();
	console.log(describeAddresses('Giggityflix', edgeConfig, ports));
	const stop = async () => {
		await edge.stop();
		await tracker.stop();
		await bus.close();
		await store.close();
		await observation.close();
	};
	return { logger, stop };
}
