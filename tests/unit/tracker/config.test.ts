// The documented variables, their defaults, and what they mean to the tracker.
import { describe, expect, it } from 'vitest';
import { defaultTopics } from '../../../bus/topics.ts';
import type { EdgeId } from '../../../proto/ids.ts';
import { redisOf, settingsOf, topicsOf, trackerConfig } from '../../../tracker/config.ts';

describe('trackerConfig', () => {
	it('has the documented defaults', () => {
		const config = trackerConfig.readConfig({});
		expect(settingsOf(config)).toEqual({
			groupId: 'tracker-service',
			sweepIntervalMs: 30_000,
			leaseMs: 30_000,
			maxPeers: 1_000_000,
			isClustered: false,
			subscriptionTtlMs: 24 * 3_600_000,
			isMergingSameContent: true,
		});
		const { edgeCommands, ...topics } = topicsOf(config);
		expect(defaultTopics).toMatchObject(topics);
		const edgeId = 'edge-1' as EdgeId;
		expect(edgeCommands(edgeId)).toBe(defaultTopics.edgeCommands(edgeId));
	});

	it('takes other names of topics, but none that Kafka refuses', () => {
		const config = trackerConfig.readConfig({ KAFKA_PEER_CONNECTED_TOPIC: 'home.peers' });
		expect(topicsOf(config).peerConnectionEstablished).toBe('home.peers');
		expect(() => trackerConfig.readConfig({ KAFKA_PEER_CONNECTED_TOPIC: 'a b' })).toThrow(
			/KAFKA_PEER_CONNECTED_TOPIC/,
		);
	});

	it('finds one Redis, or the nodes of a cluster', () => {
		const redis = (env: Record<string, string>) => redisOf(trackerConfig.readConfig(env));
		const server = { host: 'redis', port: 6379, db: 0, password: '', isSecure: false };
		expect(redis({})).toBe(undefined);
		expect(redis({ REDIS_HOST: 'redis' })).toEqual(server);
		expect(redis({ REDIS_HOST: 'redis:7000', REDIS_PORT: '7001', REDIS_DB: '2' })).toEqual({
			...server,
			...{ port: 7000, db: 2 },
		});
		expect(redis({ REDIS_HOST: '::1' })).toEqual({ ...server, host: '::1' });
		expect(redis({ REDIS_HOST: 'redis', REDIS_CLUSTER: 'true' })).toEqual({
			nodes: [{ host: 'redis', port: 6379 }],
			...{ password: '', isSecure: false },
		});
		const several = { REDIS_HOST: 'one, [::1]:7000,two:7001', REDIS_PORT: '7002' };
		expect(redis({ ...several, REDIS_PASSWORD: 'secret', REDIS_TLS: 'true' })).toEqual({
			nodes: [
				{ host: 'one', port: 7002 },
				{ host: '::1', port: 7000 },
				{ host: 'two', port: 7001 },
			],
			...{ password: 'secret', isSecure: true },
		});
		for (const wrong of ['redis://one', 'one:two', 'one:70000', 'a b']) {
			expect(() => redis({ REDIS_HOST: wrong })).toThrow(/REDIS_HOST/);
		}
		expect(() => redis({ ...several, REDIS_DB: '1' })).toThrow(/REDIS_DB/);
	});
});
