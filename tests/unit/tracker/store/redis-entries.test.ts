// Buckets are doubled as they fill, stay small enough to be packed, and lose nobody on the way.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CatalogId, PeerId } from '../../../../proto/ids.ts';
import { connectRedis, type RedisConnection } from '../../../../tracker/store/redis-connection.ts';
import { createRedisEntries } from '../../../../tracker/store/redis-entries.ts';
import { keys, markOf, packId, shardOf } from '../../../../tracker/store/redis-layout.ts';
import { hasRedis, startRedis, type TestRedis } from '../../../support/redis.ts';

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
/** Ids whose first sixteen bits are the same, so that all lie in one shard. */
const crowd = Array.from({ length: 1_500 }, (_, number) => {
	const letters = Array.from(crypto.getRandomValues(new Uint8Array(22)), (byte) =>
		alphabet.charAt(byte & 31),
	);
	return `aaa${alphabet.charAt(number % 16)}${letters.join('')}` as CatalogId;
});

describe.runIf(hasRedis)('redis-entries', () => {
	let redis: TestRedis;
	let connection: RedisConnection;
	beforeAll(async () => {
		redis = await startRedis();
		connection = connectRedis(redis.settings, () => undefined);
		const table = ['laptop', 'nas'].map((peerId) => {
			const mark = markOf(peerId as PeerId);
			return ['HSET', keys.peers(shardOf(mark)), mark, peerId] as const;
		});
		await connection.send(table);
	});
	afterAll(async () => {
		await connection.close();
		await redis.close();
	});

	it('keeps every owner while the buckets of a shard are doubled', async () => {
		const entries = createRedisEntries(connection);
		const [laptop, nas] = ['laptop' as PeerId, 'nas' as PeerId];
		const even = crowd.filter((_, number) => number % 2 === 0);
		expect(new Set(crowd.map((id) => shardOf(packId(id)))).size).toBe(1);
		for (let first = 0; first < crowd.length; first += 50) {
			await entries.change(laptop, { added: crowd.slice(first, first + 50), removed: [] });
		}
		await entries.change(nas, { added: even, removed: [] });
		await entries.change(laptop, { added: even.slice(0, 10), removed: even.slice(10) });
		const buckets = await redis.client.keys('gf:{e0}:*');
		expect(buckets.length).toBeGreaterThan(crowd.length / 128);
		for (const bucket of buckets) {
			expect(await redis.client.object('ENCODING', bucket)).toBe('listpack');
			expect(await redis.client.hlen(bucket)).toBeLessThanOrEqual(128);
		}
		const owners = await Promise.all(crowd.map((id) => entries.ownersOf([id])));
		expect(owners.map((each) => each.sort())).toEqual(
			crowd.map((_, number) => {
				if (number % 2 !== 0) return ['laptop'];
				return number / 2 < 10 ? ['laptop', 'nas'] : ['nas'];
			}),
		);
	});
});
