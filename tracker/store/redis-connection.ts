// What the store asks of Redis, whatever the way there, and how it fails. No command waits for a connection and none is
// sent twice: what fails, fails within its time, with a code. Knows no key.
import { createHash } from 'node:crypto';
import { GiggityflixError } from '../../proto/errors.ts';
import { createClusterRoute } from './redis-cluster-route.ts';
import type { Argument, Command, RedisRoute, RedisSettings } from './redis-route.ts';
import { createServerRoute } from './redis-server-route.ts';

export type { Command, RedisSettings };

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
	listen(
		channel: string,
		onMessage: (message: Buffer) => void,
		onMissed: () => void,
	): Promise<void>;
	close(): Promise<void>;
}

/** Begins to connect; the first command waits for that, and none after it. */
export function connectRedis(
	settings: RedisSettings,
	onTrouble: (error: Error) => void,
): RedisConnection {
	const route =
		'nodes' in settings
			? createClusterRoute(settings, onTrouble)
			: createServerRoute(settings, onTrouble);
	const send = gatherCommands(route);
	const connected = route.connect().catch(() => undefined);

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
		listen: (...heard) => attempt(() => route.listen(...heard)),
		close: () => route.close(),
	};
}

/**
 * Sends what was asked in one turn of the event loop in one go: a batch of events asks a thousand times, and a packet for
 * each would cost more than all else. Everybody still gets his own answers, or his own failure.
 */
function gatherCommands(route: RedisRoute): RedisConnection['send'] {
	let waiting: Asked[] = [];

	async function flush(): Promise<void> {
		const asked = waiting;
		waiting = [];
		try {
			const answers = await route.exec(asked.flatMap(({ commands }) => commands));
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
	const commands = (how: 'EVAL' | 'EVALSHA', what: string) =>
		calls.map(({ keys, args }) => [how, what, keys.length, ...keys, ...args] as const);
	try {
		return await send(commands('EVALSHA', sha));
	} catch (caught) {
		// A server that was restarted knows no scripts, and learns one when it runs it. All of them may be run twice.
		if (!(caught instanceof Error) || !caught.message.startsWith('NOSCRIPT')) throw caught;
		return send(commands('EVAL', script));
	}
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
		caught.name === 'ReplyError' &&
		!/^(LOADING|READONLY|MASTERDOWN|BUSY|CLUSTERDOWN|TRYAGAIN)/.test(caught.message);
	if (isOurFault) return new GiggityflixError('internal', caught.message, because);
	return new GiggityflixError('unavailable', 'Redis cannot be reached', because);
}
