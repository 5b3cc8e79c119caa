// `npm run start:edge`: one edge of a cluster, with Kafka for its bus and a tracker over HTTP/2. Chooses the adapters.
import { randomFillSync } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createKafkaBus } from '../bus/kafka-bus.ts';
import { kafkaAccessOf } from '../bus/kafka-settings.ts';
import { nodeClock as clock } from '../bus/node-clock.ts';
import { openObservation } from '../bus/observation.ts';
import { openLog } from '../bus/pino-log.ts';
import { mergeSettings, runProgram, type RunningProgram } from '../bus/program.ts';
import { describeAddresses } from './addresses.ts';
import { clusterConfig } from './cluster-config.ts';
import { edgeSettings, readEdgeConfig } from './config.ts';
import { createEdge } from './edge.ts';
import { connectTracker } from './tracker-connection.ts';

const webRoot = fileURLToPath(new URL('../build', import.meta.url));
const randomBytes = (target: Uint8Array) => void randomFillSync(target);

await runProgram({
	about: 'Giggityflix edge: the server peers keep their stream open to, one of a cluster.',
	settings: mergeSettings(edgeSettings.describeConfig(), clusterConfig.describeConfig()),
	addressHint: 'PORT and GRPC_SERVER_ADDRESS choose other ports.',
	start,
});

async function start(): Promise<RunningProgram> {
	const config = readEdgeConfig(process.env);
	const cluster = clusterConfig.readConfig(process.env);
	const logger = openLog(cluster.LOG_LEVEL).child({ program: 'edge', edgeId: config.edgeId });
	const observation = await openObservation(cluster.OTEL_EXPORTER_OTLP_ENDPOINT, {
		service: 'giggityflix-edge',
		instance: config.edgeId,
		clock,
	});
	const { registry, tracer } = observation;
	const { bus, busWatch } = observation.watch(
		createKafkaBus({
			...kafkaAccessOf(cluster),
			producer: config.edgeId,
			topicPartitions: cluster.KAFKA_TOPIC_PARTITIONS,
			...{ clock, randomBytes, logger, tracer },
		}),
	);
	const tracker = connectTracker({ ...cluster.TRACKER_ADDRESS, isSecure: cluster.TRACKER_TLS });
	const edge = createEdge({
		config,
		bus,
		tracker: tracker.client,
		...{ clock, randomBytes, logger, webRoot },
		isClustered: true,
		...{ registry, busWatch, tracer },
	});
	const ports = await edge.start();
	console.log(describeAddresses(`Edge ${config.edgeId}`, config, ports));
	const stop = async () => {
		await edge.stop();
		tracker.close();
		await bus.close();
		await observation.close();
	};
	return { logger, stop };
}
