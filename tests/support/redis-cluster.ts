// A Redis Cluster for tests: three masters of our own on free ports, which share out the slots and keep nothing. With CI
// set, redis-server must be there.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { RedisClusterSettings } from '../../tracker/store/redis-route.ts';
import { freePort } from './free-port.ts';
import { isRedisInstalled, launchRedis } from './redis.ts';

export const hasRedisCluster = Boolean(process.env['CI']) || isRedisInstalled();

const host = '127.0.0.1';
const slotCount = 16_384;
const nodeNames = ['one', 'two', 'three'];

/** One master. */
export interface ClusterNode {
	readonly port: number;
	readonly client: Redis;
	/** Stops it without a word. */
	kill(): Promise<void>;
	/** Starts it again: it knows its slots, and nothing that was in them. */
	restart(): Promise<void>;
}

export interface TestRedisCluster {
	readonly settings: RedisClusterSettings;
	readonly nodes: readonly ClusterNode[];
	/** Empties every node. */
	flush(): Promise<void>;
	/** Gives a slot and what lies in it to another node; `meanwhile` happens when only what lies in it has moved. */
	moveSlot(slot: number, to: ClusterNode, meanwhile?: () => Promise<void>): Promise<void>;
	/** Leaves nothing behind. */
	close(): Promise<void>;
}

export async function startRedisCluster(): Promise<TestRedisCluster> {
	const directory = await mkdtemp(join(tmpdir(), 'giggityflix-redis-cluster-'));
	const started = await Promise.all(nodeNames.map((name) => startNode(directory, name)));
	await unite(started);
	const nodes = started.map((node) => ({
		...node,
		restart: async () => {
			await node.restart();
			await untilAllAgree(started);
		},
	}));
	return {
		settings: { nodes: nodes.map(({ port }) => ({ host, port })), password: '', isSecure: false },
		nodes,
		flush: async () => {
			await Promise.all(nodes.map(({ client }) => client.flushall()));
		},
		moveSlot: (slot, to, meanwhile) => moveSlot(nodes, slot, to, meanwhile),
		close: async () => {
			for (const { client } of nodes) client.disconnect();
			await Promise.all(nodes.map(({ kill }) => kill()));
			await rm(directory, { recursive: true });
		},
	};
}

interface StartedNode extends ClusterNode {
	readonly busPort: number;
}

async function startNode(directory: string, name: string): Promise<StartedNode> {
	const [port, busPort] = [await freePort(), await freePort()];
	const options = [
		...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
		...['--cluster-config-file', `${name}.conf`, '--cluster-node-timeout', '2000'],
	];
	const launch = () => launchRedis(port, directory, options);
	let server: ChildProcess = await launch();
	// It comes back by itself; what is asked meanwhile waits.
	const client = new Redis({ host, port, protocol: 2, retryStrategy: () => 100 });
	client.on('error', () => undefined);
	return {
		port,
		busPort,
		client,
		kill: async () => {
			if (server.exitCode !== null || server.signalCode !== null) return;
			const ended = once(server, 'exit');
			server.kill('SIGKILL');
			await ended;
		},
		restart: async () => {
			server = await launch();
		},
	};
}

/** Shares out the slots, and introduces the nodes to each other. */
async function unite(nodes: readonly StartedNode[]): Promise<void> {
	const slotsEach = Math.ceil(slotCount / nodes.length);
	for (const [at, { client, port, busPort }] of nodes.entries()) {
		const last = Math.min((at + 1) * slotsEach, slotCount) - 1;
		await client.call('CLUSTER', 'ADDSLOTSRANGE', at * slotsEach, last);
		await client.call('CLUSTER', 'SET-CONFIG-EPOCH', at + 1);
		if (at > 0) await nodes[0]?.client.call('CLUSTER', 'MEET', host, port, busPort);
	}
	await untilAllAgree(nodes);
}

async function untilAllAgree(nodes: readonly StartedNode[]): Promise<void> {
	for (let tries = 0; tries < 300; tries += 1) {
		const all = await Promise.all(nodes.map(({ client }) => client.call('CLUSTER', 'INFO')));
		const isWell = (text: unknown) =>
			/cluster_state:ok[^]*cluster_known_nodes:3[^]*cluster_size:3/.test(String(text));
		if (all.every(isWell)) return;
		await sleep(100);
	}
	throw new Error('the nodes of Redis do not agree');
}

async function moveSlot(
	nodes: readonly ClusterNode[],
	slot: number,
	to: ClusterNode,
	meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
	const ids = await Promise.all(nodes.map(({ client }) => client.call('CLUSTER', 'MYID')));
	const slots = (await to.client.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
	const owner = slots.find(([first, last]) => first <= slot && slot <= last)?.[2][1];
	const from = nodes.find(({ port }) => port === owner);
	if (!from) throw new Error('nobody has this slot');
	const idOf = (node: ClusterNode) => String(ids[nodes.indexOf(node)]);
	await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', idOf(from));
	await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', idOf(to));
	const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 1_000)) as string[];
	if (keys.length > 0) {
		await from.client.call('MIGRATE', host, to.port, '', 0, 5_000, 'KEYS', ...keys);
	}
	await meanwhile();
	for (const { client } of [to, from, ...nodes.filter((node) => node !== to && node !== from)]) {
		await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', idOf(to));
	}
}
