// A Redis for tests: a `redis-server` of our own on a free port that keeps nothing, or the one REDIS_HOST names, whose
// database REDIS_DB (15) is emptied. Tests that stop and start it need one of our own. With CI set there must be one.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { RedisServerSettings } from '../../tracker/store/redis-route.ts';
import { freePort } from './free-port.ts';

const env = process.env;
export const isRedisInstalled = () => spawnSync('redis-server', ['--version']).status === 0;

/** Whether tests of Redis can run here. Where CI is set they must, and fail when they cannot. */
export const hasRedis =
	(env['REDIS_HOST'] ?? '') !== '' || Boolean(env['CI']) || isRedisInstalled();
/** Whether it is one that may be stopped. */
export const hasOwnRedis = hasRedis && (env['REDIS_HOST'] ?? '') === '';

export interface TestRedis {
	readonly settings: RedisServerSettings;
	/** For looking at what is stored, and for doing harm. */
	readonly client: Redis;
	/** Stops a server of our own without a word, as a power cut would. */
	kill(): Promise<void>;
	/** Starts it again on the same port, empty. */
	restart(): Promise<void>;
	/** Leaves nothing behind. */
	close(): Promise<void>;
}

export async function startRedis(): Promise<TestRedis> {
	const host = env['REDIS_HOST'] ?? '';
	const isOwn = host === '';
	const directory = await mkdtemp(join(tmpdir(), 'giggityflix-redis-'));
	const settings = isOwn
		? { host: '127.0.0.1', port: await freePort(), db: 0, password: '', isSecure: false }
		: {
				host,
				port: Number(env['REDIS_PORT'] ?? '6379'),
				db: Number(env['REDIS_DB'] ?? '15'),
				password: env['REDIS_PASSWORD'] ?? '',
				isSecure: env['REDIS_TLS'] === 'true',
			};
	let server = isOwn ? await launchRedis(settings.port, directory) : undefined;
	const tls = settings.isSecure ? { tls: {} } : {};
	const client = new Redis({ ...settings, ...tls, protocol: 2 });
	// It comes back by itself; what is asked meanwhile waits.
	client.on('error', () => undefined);
	await client.flushdb();
	const kill = async () => {
		if (!server) throw new Error('only a server of our own can be stopped');
		const ended = once(server, 'exit');
		server.kill('SIGKILL');
		await ended;
	};
	return {
		settings,
		client,
		kill,
		restart: async () => {
			server = await launchRedis(settings.port, directory);
		},
		close: async () => {
			if (isOwn) client.disconnect();
			else await client.flushdb().then(() => client.quit());
			if (server?.exitCode === null && server.signalCode === null) await kill();
			await rm(directory, { recursive: true });
		},
	};
}

/** Starts a server that keeps nothing. */
export async function launchRedis(
	port: number,
	directory: string,
	more: readonly string[] = [],
): Promise<ChildProcess> {
	const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory];
	const keepNothing = ['--save', '', '--appendonly', 'no'];
	const server = spawn('redis-server', [...options, ...keepNothing, ...more], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	let output = '';
	for await (const chunk of server.stdout
		.setEncoding('utf8')
		.iterator({ destroyOnReturn: false })) {
		output += String(chunk);
		if (!output.includes('Ready to accept connections')) continue;
		server.stdout.resume();
		return server;
	}
	throw new Error(`redis-server did not start: ${output}`);
}
