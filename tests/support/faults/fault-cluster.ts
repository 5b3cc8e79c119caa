// A cluster that harm is done to: a broker and a Redis of its own, edges and trackers as programs, each of which can be
// killed and started again at the same place. Trackers are behind one address, as a service of theirs would be.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLoadBalancer, type LoadBalancer } from '../cluster-world.ts';
import { freePort } from '../free-port.ts';
import { edgeAddresses } from '../household.ts';
import { startKafkaBroker, type KafkaBroker } from '../kafka/kafka-broker.ts';
import { startRedis, type TestRedis } from '../redis.ts';
import { endProgram, startProgram, type RunningProgram } from '../running-program.ts';
import type { EdgeAddresses } from './announcing-peer.ts';

export interface FaultProgram {
	/** Everything it has printed, in all its lives. */
	output(): string;
	/** Ends it; answers its exit code. */
	end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
	/** Starts it again at the same place. */
	start(): Promise<void>;
}

export interface FaultEdge extends FaultProgram, EdgeAddresses {}

export interface FaultTracker extends FaultProgram {
	/** Where it alone is reached. */
	readonly url: string;
}

export interface FaultCluster {
	readonly broker: KafkaBroker;
	readonly redis: TestRedis;
	readonly edges: readonly FaultEdge[];
	/** The first one runs; the others are started by whoever needs them. */
	readonly trackers: readonly FaultTracker[];
	/** The address of the tracker that edges know. */
	readonly trackerDoor: LoadBalancer;
	/** Consumer group of the trackers. */
	readonly group: string;
	dispose(): Promise<void>;
}

/** `environment` adds to the variables of every program. */
export async function startFaultCluster(
	environment: Readonly<Record<string, string>>,
	{ edges: edgeCount = 2, trackers: trackerCount = 2 } = {},
): Promise<FaultCluster> {
	const [broker, redis] = await Promise.all([startKafkaBroker(), startRedis()]);
	const directory = await mkdtemp(join(tmpdir(), 'giggityflix-faults-'));
	const group = `tracker-${randomUUID().slice(0, 8)}`;
	const shared = {
		KAFKA_BOOTSTRAP_SERVERS: broker.address,
		KAFKA_TOPIC_PARTITIONS: '3',
		KAFKA_GROUP_ID: group,
		REDIS_HOST: redis.settings.host,
		REDIS_PORT: String(redis.settings.port),
		...environment,
	};
	const trackers = await Promise.all(
		Array.from({ length: trackerCount }, (_, at) =>
			prepareTracker(join(directory, `tracker-${at}`), shared),
		),
	);
	const trackerDoor = await openLoadBalancer(trackers[0]!);
	const trackerAddress = new URL(trackerDoor.url).host;
	const edges = await Promise.all(
		Array.from({ length: edgeCount }, (_, at) =>
			prepareEdge(`edge-${'abcdefgh'.charAt(at)}`, directory, {
				...shared,
				TRACKER_ADDRESS: trackerAddress,
			}),
		),
	);
	const dispose = async () => {
		await Promise.all([...edges, ...trackers].map((program) => program.end('SIGKILL')));
		await trackerDoor.close();
		await Promise.all([broker.close(), redis.close()]);
		await rm(directory, { recursive: true, force: true });
	};
	try {
		await trackers[0]!.start();
		await Promise.all(edges.map((edge) => edge.start()));
	} catch (error) {
		await dispose();
		throw error;
	}
	return { broker, redis, edges, trackers, trackerDoor, group, dispose };
}

async function prepareTracker(
	directory: string,
	shared: Readonly<Record<string, string>>,
): Promise<FaultTracker> {
	const address = `127.0.0.1:${await freePort()}`;
	const environment = {
		...shared,
		DATA_DIR: directory,
		TRACKER_LISTEN_ADDRESS: address,
		TRACKER_HTTP_ADDRESS: '127.0.0.1:0',
	};
	const isReady = (output: string) => (output.includes('probes') ? true : undefined);
	return { url: `http://${address}`, ...prepare('tracker/main.ts', environment, isReady) };
}

async function prepareEdge(
	edgeId: string,
	directory: string,
	shared: Readonly<Record<string, string>>,
): Promise<FaultEdge> {
	const port = await freePort();
	const grpcAddress = `127.0.0.1:${await freePort()}`;
	const environment = {
		...{ HOST: '127.0.0.1', PORT: String(port), GRPC_SERVER_ADDRESS: grpcAddress },
		...{ EDGE_ID: edgeId, STUN_SERVERS: '', DATA_DIR: join(directory, edgeId) },
		...shared,
	};
	const url = `http://127.0.0.1:${port}`;
	const program = prepare('edge-server/main.ts', environment, edgeAddresses);
	return { edgeId, url, grpcAddress, ...program };
}

/** A program that is not running yet. */
function prepare(
	main: string,
	environment: Readonly<Record<string, string>>,
	find: (output: string) => unknown,
): FaultProgram {
	let running: RunningProgram<unknown> | undefined;
	let printed = '';
	return {
		output: () => printed + (running?.output() ?? ''),
		end: async (signal) => {
			if (running === undefined) return null;
			const exitCode = await endProgram(running, signal);
			printed += running.output();
			running = undefined;
			return exitCode;
		},
		start: async () => {
			running = await startProgram(main, environment, find);
		},
	};
}
