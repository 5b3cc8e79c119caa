// One connection to Redis for commands and one for news, how they fail and how they come back. No command waits for a
// connection and none is sent twice: what fails, fails within its time, with a code. Knows no key.
import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import { GiggityflixError } from '../../proto/errors.ts';

export interface RedisSettings {
	readonly host: string;
	readonly port: number;
	readonly db: number;
	/** Empty for none. */
	readonly password: string;
}

/** Longest wait for one answer: a caller's own deadline is a few seconds. */
const commandTimeoutMs = 2_000;
/** Pauses between attempts to connect grow up to this. */
const longestPauseMs = 500;

export type Argument = string | Buffer | number;
export type Command = readonly [string, ...Argument[]];

export interface RedisConnection {
	/** Runs one script. Strings in its answer are Buffers. */
	run(script: string, keys: readonly string[], args: readonly Argument[]): Promise<unknown>;
	/** Sends many commands in one round trip. Rejects with the first failure; strings in the answers are Buffers. */
	send(commands: readonly Command[]): Promise<unknown[]>;
	/** One script, many times, in one round trip. */
	runEach(
		script: string,
		calls: readonly { keys: readonly string[]; args: readonly Argument[] }[],
	): Promise<unknown[]>;
	/**
	 * Listens to a channel. `onMissed` is called when messages may have been lost: each time the connection comes back.
	 */
	listen(channel: string, onMessage: (text: string) => void, onMissed: () => void): Promise<void>;
	close(): Promise<void>;
}

/** Begins to connect; the first command waits for that, and none after it. */
export function connectRedis(
	settings: RedisSettings,
	onTrouble: (error: Error) => void,
): RedisConnection {
	const redis = open(settings, onTrouble);
	const send = gatherCommands(redis);
	const connected = redis.connect().catch(() => undefined);
	let listener: Redis | undefined;

	async function attempt<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
		try {
			await connected;
			return await ask();
		} catch (caught) {
			throw explain(caught);
		}
	}

	const runEach: RedisConnection['runEach'] = (script, calls) =>
		attempt(() => evaluate(send, script, calls));

	return {
		run: async (script, keys, args) => (await runEach(script, [{ keys, args }]))[0],
		send: (commands) => attempt(() => send(commands)),
		runEach,
		listen: (channel, onMessage, onMissed) =>
			attempt(async () => {
				const subscriber = open(settings, onTrouble);
				listener = subscriber;
				subscriber.on('message', (_, text) => {
					onMessage(text);
				});
				await subscriber.connect();
				await subscriber.subscribe(channel);
				// Only what is said after this answer is heard for certain.
				subscriber.on('ready', () => {
					subscriber.subscribe(channel).then(onMissed, onTrouble);
				});
			}),
		close: async () => {
			// What was asked is answered first; a connection that is down has nothing to answer.
			if (redis.status === 'ready') await redis.quit().catch(() => undefined);
			redis.disconnect();
			listener?.disconnect();
		},
	};
}

/**
 * Sends what was asked in one turn of the event loop in one go: a batch of events asks a thousand times, and a packet for
 * each would cost more than all else. Everybody still gets his own answers, or his own failure.
 */
function gatherCommands(redis: Redis): RedisConnection['send'] {
	let waiting: Asked[] = [];

	async function flush(): Promise<void> {
		const asked = waiting;
		waiting = [];
		const pipeline = redis.pipeline();
		for (const { commands } of asked) {
			for (const [name, ...args] of commands) pipeline.callBuffer(name, args);
		}
		try {
			const answers = (await pipeline.exec()) ?? [];
			let first = 0;
			for (const { commands, resolve, reject } of asked) {
				const own = answers.slice(first, (first += commands.length));
				const failure = own.find(([error]) => error !== null)?.[0];
				if (failure) reject(failure);
				else resolve(own.map(([, answer]) => answer));
			}
		} catch (caught) {
			for (const { reject } of asked) reject(caught as Error);
		}
	}

	return (commands) =>
		new Promise((resolve, reject) => {
			if (waiting.length === 0) setImmediate(() => void flush());
			waiting.push({ commands, resolve, reject });
		});
}

interface Asked {
	readonly commands: readonly Command[];
	readonly resolve: (answers: unknown[]) => void;
	readonly reject: (error: Error) => void;
}

const digests = new Map<string, string>();

function digestOf(script: string): string {
	const known = digests.get(script) ?? createHash('sha1').update(script).digest('hex');
	digests.set(script, known);
	return known;
}

async function evaluate(
	send: RedisConnection['send'],
	script: string,
	calls: Parameters<RedisConnection['runEach']>[1],
): Promise<unknown[]> {
	const sha = digestOf(script);
	const commands = calls.map(
		({ keys, args }) => ['EVALSHA', sha, keys.length, ...keys, ...args] as const,
	);
	try {
		return await send(commands);
	} catch (caught) {
		// A server that was restarted knows no scripts. All of them may be run twice.
		if (!(caught instanceof Error) || !caught.message.startsWith('NOSCRIPT')) throw caught;
		await send([['SCRIPT', 'LOAD', script]]);
		return send(commands);
	}
}

function open({ host, port, db, password }: RedisSettings, onTrouble: (error: Error) => void) {
	const redis = new Redis({
		...{ host, port, db, lazyConnect: true, protocol: 2, connectTimeout: commandTimeoutMs },
		...(password !== '' && { password }),
		commandTimeout: commandTimeoutMs,
		// Whoever asked hears of the failure and asks again; a write must not happen long after it was given up.
		enableOfflineQueue: false,
		autoResendUnfulfilledCommands: false,
		maxRetriesPerRequest: 0,
		retryStrategy: (attempts) => Math.min(50 * attempts, longestPauseMs),
	});
	redis.on('error', onTrouble);
	return redis;
}

function explain(caught: unknown): unknown {
	if (caught instanceof GiggityflixError || !(caught instanceof Error)) return caught;
	const because = { cause: caught };
	if (caught.message === 'Command timed out') {
		return new GiggityflixError('timed-out', 'Redis does not answer in time', because);
	}
	if (caught.message.startsWith('OOM')) {
		return new GiggityflixError('resource-exhausted', 'Redis is full', because);
	}
	const isOurFault =
		caught.name === 'ReplyError' && !/^(LOADING|READONLY|MASTERDOWN|BUSY)/.test(caught.message);
	if (isOurFault) return new GiggityflixError('internal', caught.message, because);
	return new GiggityflixError('unavailable', 'Redis cannot be reached', because);
}
