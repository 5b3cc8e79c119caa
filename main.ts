// The whole product in one process: memory bus, tracker on SQLite or Redis, edge with the page. Chooses the
// adapters and owns the process: its configuration, its log, its signals, its exit.
import { randomFillSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError, formatHelp } from './bus/configuration.ts';
import { createMemoryBus } from './bus/memory-bus.ts';
import { nodeClock as clock } from './bus/node-clock.ts';
import { openLog, type Log } from './bus/pino-log.ts';
import { edgeSettings, readEdgeConfig, type EdgeConfig } from './edge-server/config.ts';
import { createEdge } from './edge-server/edge.ts';
import {
	redisOf,
	settingsOf,
	topicsOf,
	trackerConfig,
	type TrackerConfig,
} from './tracker/config.ts';
import { createEmbeddedStore } from './tracker/store/embedded-store.ts';
import { createRedisStore } from './tracker/store/redis-store.ts';
import { createTracker } from './tracker/tracker.ts';

const webRoot = fileURLToPath(new URL('build', import.meta.url));
const randomBytes = (target: Uint8Array) => void randomFillSync(target);

if (process.argv.includes('--help')) {
	console.log(formatHelp('Giggityflix: everything in one process.', allSettings()));
} else {
	try {
		await run();
	} catch (error) {
		console.error(explain(error));
		process.exit(1);
	}
}

async function run(): Promise<void> {
	const config = trackerConfig.readConfig(process.env);
	const edgeConfig = withTopicsOf(config, readEdgeConfig(process.env));
	const logger = openLog(config.LOG_LEVEL);
	mkdirSync(config.DATA_DIR, { recursive: true });

	const bus = createMemoryBus({ producer: edgeConfig.edgeId, clock, randomBytes, logger });
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
	});
	const edge = createEdge({
		config: edgeConfig,
		bus,
		tracker: tracker.connectInMemory(),
		clock,
		randomBytes,
		logger: logger.child({ program: 'edge' }),
		webRoot,
	});

	await tracker.start();
	const ports = await edge.start();
	printAddresses(edgeConfig, ports);
	onceSignalled(logger, async () => {
		await edge.stop();
		await tracker.stop();
		await bus.close();
		await store.close();
	});
}

/** One set of names for both halves: whoever publishes a topic has named it. */
function withTopicsOf(config: TrackerConfig, edgeConfig: EdgeConfig): EdgeConfig {
	const { catalogAvailabilityChanged, catalogSubscriptionMatched } = topicsOf(config);
	const topics = { ...edgeConfig.topics, catalogAvailabilityChanged, catalogSubscriptionMatched };
	return { ...edgeConfig, topics };
}

function printAddresses(config: EdgeConfig, ports: { httpPort: number; grpcPort?: number }): void {
	const scheme = config.tls === undefined ? 'http' : 'https';
	const isEverywhere = config.http.host === '0.0.0.0' || config.http.host === '::';
	const host = isEverywhere ? 'localhost' : config.http.host;
	console.log(`\n  Giggityflix is ready: ${scheme}://${host}:${ports.httpPort}`);
	if (config.grpc !== undefined) {
		console.log(`  gRPC ${config.grpc.host}:${ports.grpcPort ?? config.grpc.port}`);
	}
	console.log('');
}

/** Ends in order at the first signal, at once at the second, and after 10 s whatever happens. */
function onceSignalled(logger: Log, shutDown: () => Promise<void>): void {
	let isEnding = false;
	const end = (signal: NodeJS.Signals) => {
		if (isEnding) process.exit(130);
		isEnding = true;
		logger.info('ending', { signal });
		setTimeout(() => process.exit(1), 10_000).unref();
		shutDown().then(
			() => process.exit(0),
			(error: unknown) => {
				logger.error('did not end cleanly', { error: String(error) });
				process.exit(1);
			},
		);
	};
	process.on('SIGTERM', end);
	process.on('SIGINT', end);
}

function allSettings() {
	const rows = [...edgeSettings.describeConfig(), ...trackerConfig.describeConfig()];
	return [...new Map(rows.map((row) => [row.name, row])).values()];
}

function explain(error: unknown): string {
	if (error instanceof ConfigError) return error.message;
	if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
		return `${error.message}. Is Giggityflix running already? PORT and GRPC_SERVER_ADDRESS choose other ports.`;
	}
	return `Giggityflix could not start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
