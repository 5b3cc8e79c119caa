// How commands get to Redis, whether it is one server or a cluster: the port behind redis-connection.ts, and what
// every connection has in common. Adapters: redis-server-route.ts, redis-cluster-route.ts. Knows no key.
import { Redis, type RedisOptions } from 'ioredis';
import type { Address } from '../../bus/configuration.ts';

export interface RedisAccess {
	/** Empty for none. */
	readonly password: string;
	/** With TLS. */
	readonly isSecure: boolean;
}

export interface RedisServerSettings extends Address, RedisAccess {
	readonly db: number;
}

export interface RedisClusterSettings extends RedisAccess {
	/** Some of its nodes, which know the others. */
	readonly nodes: readonly Address[];
}

export type RedisSettings = RedisServerSettings | RedisClusterSettings;

/** Longest wait for one answer: a caller's own deadline is a few seconds. */
export const commandTimeoutMs = 2_000;
/** Pauses between attempts to connect grow up to this. */
export const longestPauseMs = 500;

export type Argument = string | Buffer | number;
export type Command = readonly [string, ...Argument[]];
/** A failure, or an answer whose strings are Buffers. */
export type Reply = readonly [error: Error | null, answer?: unknown];

export interface RedisRoute {
	/** Resolves when commands can be sent. It goes on trying after it has rejected. */
	connect(): Promise<void>;
	/** Sends many commands in as few round trips as there are servers they are for. Answers in order. */
	exec(commands: readonly Command[]): Promise<readonly Reply[]>;
	/** As `RedisConnection.listen`. */
	listen(
		channel: string,
		onMessage: (message: Buffer) => void,
		onMissed: () => void,
	): Promise<void>;
	/** What was asked is answered first. */
	close(): Promise<void>;
}

/** Who asked hears of a failure and asks again: nothing waits for a connection, and nothing is sent twice by itself. */
export function connectionOptions({ password, isSecure }: RedisAccess) {
	return {
		...{ protocol: 2, connectTimeout: commandTimeoutMs, commandTimeout: commandTimeoutMs },
		...(password !== '' && { password }),
		...(isSecure && { tls: {} }),
		autoResendUnfulfilledCommands: false,
		maxRetriesPerRequest: 0,
	} as const satisfies RedisOptions;
}

/** Many commands in one go to one server. */
export async function execAt(redis: Redis, commands: readonly Command[]): Promise<Reply[]> {
	const pipeline = redis.pipeline();
	for (const [name, ...args] of commands) pipeline.callBuffer(name, args);
	return (await pipeline.exec()) ?? [];
}
