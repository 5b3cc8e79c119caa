// A cluster as operators run it: Kafka, one tracker, edges, each a process of its own on free ports with a data
// directory of its own. And a way in front of the edges that leads where a test wants it, as a load balancer does.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { freePort } from './free-port.ts';
import { edgeAddresses } from './household.ts';
import { openKafka } from './kafka/kafka-broker.ts';
import { endProgram, startProgram } from './running-program.ts';

export interface ClusterEdge {
	/** Origin of its browser door. */
	readonly url: string;
	readonly edgeId: string;
	output(): string;
	end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

export interface Cluster {
	readonly edges: readonly ClusterEdge[];
	/** Ends the tracker and starts it again on the same ports with the same data. */
	restartTracker(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
	dispose(): Promise<void>;
}

/** `environment` adds to the variables of every program. */
export async function startCluster(
	edgeCount: number,
	environment: Readonly<Record<string, string>> = {},
): Promise<Cluster> {
	const kafka = await openKafka();
	const directory = await mkdtemp(join(tmpdir(), 'giggityflix-cluster-'));
	const run = randomUUID().slice(0, 8);
	const trackerAddress = `127.0.0.1:${await freePort()}`;
	const shared = {
		KAFKA_BOOTSTRAP_SERVERS: kafka.brokers.join(','),
		KAFKA_TOPIC_PARTITIONS: '3',
		KAFKA_GROUP_ID: `tracker-${run}`,
		TRACKER_ADDRESS: trackerAddress,
		TRACKER_LISTEN_ADDRESS: trackerAddress,
		TRACKER_HTTP_ADDRESS: '127.0.0.1:0',
		...environment,
	};
	const startTracker = () =>
		startProgram(
			'tracker/main.ts',
			{ ...shared, DATA_DIR: join(directory, 'tracker') },
			(output) => (output.includes('probes') ? {} : undefined),
		);
	let tracker = await startTracker();
	const edges = await Promise.all(
		Array.from({ length: edgeCount }, (_, at) =>
			startEdge(`edge-${'abcdefgh'.charAt(at)}-${run}`, directory, shared),
		),
	);
	return {
		edges,
		restartTracker: async (signal) => {
			await endProgram(tracker, signal);
			tracker = await startTracker();
		},
		dispose: async () => {
			await Promise.all(edges.map((edge) => edge.end()));
			await endProgram(tracker);
			await kafka.close();
			await rm(directory, { recursive: true, force: true });
		},
	};
}

async function startEdge(
	edgeId: string,
	directory: string,
	shared: Readonly<Record<string, string>>,
): Promise<ClusterEdge> {
	const environment = {
		HOST: '127.0.0.1',
		PORT: String(await freePort()),
		GRPC_SERVER_ADDRESS: '127.0.0.1:0',
		STUN_SERVERS: '',
		EDGE_ID: edgeId,
		DATA_DIR: join(directory, edgeId),
		...shared,
	};
	const running = await startProgram('edge-server/main.ts', environment, edgeAddresses);
	return {
		url: running.addresses.url,
		edgeId,
		output: running.output,
		end: (signal) => endProgram(running, signal),
	};
}

export interface LoadBalancer {
	readonly url: string;
	/** Where connections go from now on. */
	leadTo(target: { readonly url: string }): void;
	close(): Promise<void>;
}

export async function openLoadBalancer(first: { readonly url: string }): Promise<LoadBalancer> {
	let target = new URL(first.url);
	const sockets = new Set<Socket>();
	const server = createServer((near) => {
		const far = connect(Number(target.port), target.hostname);
		for (const [socket, other] of [
			[near, far],
			[far, near],
		] as const) {
			sockets.add(socket);
			socket.on('error', () => undefined);
			socket.on('close', () => {
				sockets.delete(socket);
				other.destroy();
			});
			socket.pipe(other);
		}
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		leadTo: ({ url }) => (target = new URL(url)),
		close: async () => {
			for (const socket of sockets) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
}
