// The documented variables, their defaults, and what they mean to the tracker.
import { describe, expect, it } from 'vitest';
import { defaultTopics } from '../../../bus/topics.ts';
import type { EdgeId } from '../../../proto/ids.ts';
import { settingsOf, topicsOf, trackerConfig } from '../../../tracker/config.ts';

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
});
