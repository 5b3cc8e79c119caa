// The way to one Redis server: a connection for commands and one for news, each of which comes back by itself.
import { Redis } from 'ioredis';
import {
	connectionOptions,
	execAt,
	longestPauseMs,
	type RedisRoute,
	type RedisServerSettings,
} from './redis-route.ts';

export function createServerRoute(
	settings: RedisServerSettings,
	onTrouble: (error: Error) => void,
): RedisRoute {
	const redis = open(settings, onTrouble);
	let listener: Redis | undefined;
	return {
		connect: () => redis.connect(),
		exec: (commands) => execAt(redis, commands),
		listen: async (channel, onMessage, onMissed) => {
			const subscriber = open(settings, onTrouble);
			listener = subscriber;
			subscriber.on('messageBuffer', (_, message) => {
				onMessage(message);
			});
			await subscriber.connect();
			await subscriber.subscribe(channel);
			// Only what is said after this answer is heard for certain.
			subscriber.on('ready', () => {
				subscriber.subscribe(channel).then(onMissed, onTrouble);
			});
		},
		close: async () => {
			// A connection that is down has nothing to answer.
			if (redis.status === 'ready') await redis.quit().catch(() => undefined);
			redis.disconnect();
			listener?.disconnect();
		},
	};
}

function open(settings: RedisServerSettings, onTrouble: (error: Error) => void): Redis {
	const { host, port, db } = settings;
	const redis = new Redis({
		...connectionOptions(settings),
		...{ host, port, db, lazyConnect: true, enableOfflineQueue: false },
		retryStrategy: (attempts) => Math.min(50 * attempts, longestPauseMs),
	});
	redis.on('error', onTrouble);
	return redis;
}
