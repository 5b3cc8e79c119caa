// What is asked in one turn goes out together, and still everybody gets his own answers or his own failure.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRedis, type RedisConnection } from '../../../../tracker/store/redis-connection.ts';
import { hasRedis, startRedis, type TestRedis } from '../../../support/redis.ts';

describe.runIf(hasRedis)('redis-connection', () => {
	let redis: TestRedis;
	let connection: RedisConnection;
	beforeAll(async () => {
		redis = await startRedis();
		connection = connectRedis(redis.settings, () => undefined);
		await connection.send([['SET', 'text', 'a']]);
	});
	afterAll(async () => {
		await connection.close();
		await redis.close();
	});

	it('keeps the failure of one from the others of the same turn', async () => {
		const outcomes = await Promise.allSettled([
			connection.send([['GET', 'text']]),
			connection.send([
				['GET', 'text'],
				['LPUSH', 'text', 'b'],
			]),
			connection.send([]),
			connection.run('return { KEYS[1], ARGV[1] }', ['text'], ['c']),
		]);
		expect(outcomes).toMatchObject([
			{ value: [Buffer.from('a')] },
			{ reason: { code: 'internal' } },
			{ value: [] },
			{ value: [Buffer.from('text'), Buffer.from('c')] },
		]);
	});

	it('sends many questions of one turn in one go', async () => {
		const reads = async () => {
			const stats = await redis.client.info('stats');
			return Number(/total_reads_processed:(\d+)/.exec(stats)?.[1]);
		};
		const before = await reads();
		await Promise.all(Array.from({ length: 500 }, () => connection.send([['GET', 'text']])));
		// One for them, or a few where they do not fit into one buffer, and one for the question itself.
		expect((await reads()) - before).toBeLessThan(20);
	});
});
