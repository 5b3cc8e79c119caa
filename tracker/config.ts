// The tracker's variables, with their documented names and defaults. Read once, by the program that starts
// the tracker; nothing else in this folder sees the environment.
import { z } from 'zod';
import { defineConfig, wholeNumber, yesOrNo, type ConfigOf } from '../bus/configuration.ts';
import { sharedSettings, topicName } from '../bus/shared-settings.ts';
import { asTopic, defaultTopics, type Topics } from '../bus/topics.ts';
import type { RedisSettings } from './store/redis-connection.ts';

const {
	DATA_DIR,
	HEARTBEAT_INTERVAL_SECONDS,
	LEASE_SECONDS,
	LOG_LEVEL,
	OTEL_EXPORTER_OTLP_ENDPOINT,
	KAFKA_CATALOG_AVAILABILITY_CHANGED_TOPIC,
	KAFKA_CATALOG_SUBSCRIPTION_MATCHED_TOPIC,
} = sharedSettings;

export const trackerConfig = defineConfig({
	DATA_DIR,
	HEARTBEAT_INTERVAL_SECONDS,
	LEASE_SECONDS,
	LOG_LEVEL,
	OTEL_EXPORTER_OTLP_ENDPOINT,
	CLUSTER_MAX_PEERS: {
		type: wholeNumber(1, 1_000_000_000),
		default: '1000000',
		description: 'Most peers connected at once to all edges together.',
	},
	SUBSCRIPTION_DEFAULT_TTL_HOURS: {
		type: wholeNumber(1, 24 * 365),
		default: '24',
		description: 'How long the tracker remembers that somebody wants to be told about an entry.',
	},
	MERGE_SAME_CONTENT: {
		type: yesOrNo,
		default: 'true',
		description:
			'Whether films that several peers have become one entry with several owners. What they send is verified by its pieces.',
	},
	REDIS_HOST: {
		type: z.string(),
		default: '',
		description:
			'Redis in which several trackers share their state. Empty: one tracker, on its own disk.',
	},
	REDIS_PORT: {
		type: wholeNumber(1, 65_535),
		default: '6379',
		description: 'Port of Redis.',
	},
	REDIS_DB: {
		type: wholeNumber(0, 1_000_000),
		default: '0',
		description: 'Number of the database in Redis. Nobody else may write to it.',
	},
	REDIS_PASSWORD: {
		type: z.string(),
		default: '',
		description: 'Password of Redis. Empty: none.',
	},
	KAFKA_GROUP_ID: {
		type: z.string().min(1, 'must name a consumer group'),
		default: 'tracker-service',
		description: 'Consumer group the tracker reads the bus as.',
	},
	KAFKA_PEER_CONNECTED_TOPIC: {
		type: topicName,
		default: defaultTopics.peerConnectionEstablished,
		description: 'Topic that says a peer was admitted by an edge.',
	},
	KAFKA_PEER_DISCONNECTED_TOPIC: {
		type: topicName,
		default: defaultTopics.peerConnectionClosed,
		description: 'Topic that says a session of a peer has ended.',
	},
	KAFKA_PEER_CATALOG_UPDATED_TOPIC: {
		type: topicName,
		default: defaultTopics.peerCatalogUpdated,
		description: 'Topic that carries what peers announce.',
	},
	KAFKA_CATALOG_AVAILABILITY_CHANGED_TOPIC,
	KAFKA_CATALOG_SUBSCRIPTION_MATCHED_TOPIC,
	EDGE_COMMANDS_TOPIC_PATTERN: {
		type: z.string().includes('{edge_id}', { error: 'must contain {edge_id}' }),
		default: 'edge.{edge_id}.commands',
		description: 'Topic an edge takes commands from; {edge_id} stands for its EDGE_ID.',
	},
});

export type TrackerConfig = ConfigOf<typeof trackerConfig.settings>;

/** The topics the tracker reads and writes. */
export type TrackerTopics = Pick<
	Topics,
	| 'peerConnectionEstablished'
	| 'peerConnectionClosed'
	| 'peerCatalogUpdated'
	| 'catalogAvailabilityChanged'
	| 'catalogSubscriptionMatched'
	| 'edgeCommands'
>;

export function topicsOf(config: TrackerConfig): TrackerTopics {
	return {
		peerConnectionEstablished: config.KAFKA_PEER_CONNECTED_TOPIC,
		peerConnectionClosed: config.KAFKA_PEER_DISCONNECTED_TOPIC,
		peerCatalogUpdated: config.KAFKA_PEER_CATALOG_UPDATED_TOPIC,
		catalogAvailabilityChanged: config.KAFKA_CATALOG_AVAILABILITY_CHANGED_TOPIC,
		catalogSubscriptionMatched: config.KAFKA_CATALOG_SUBSCRIPTION_MATCHED_TOPIC,
		edgeCommands: (edgeId) =>
			asTopic(config.EDGE_COMMANDS_TOPIC_PATTERN.replaceAll('{edge_id}', edgeId)),
	};
}

/** Where Redis is; undefined when REDIS_HOST is empty and the tracker keeps its state itself. */
export function redisOf(config: TrackerConfig): RedisSettings | undefined {
	if (config.REDIS_HOST === '') return undefined;
	return {
		host: config.REDIS_HOST,
		port: config.REDIS_PORT,
		db: config.REDIS_DB,
		password: config.REDIS_PASSWORD,
	};
}

/** How the tracker behaves, in the units its code uses. */
export interface TrackerSettings {
	readonly groupId: string;
	readonly sweepIntervalMs: number;
	/** How long edges hold a peer without a word from the tracker; the lease of a session known from its event alone. */
	readonly leaseMs: number;
	/** Most peers of all edges together. */
	readonly maxPeers: number;
	/** Whether edges outlive this process, and may hold peers it has not heard of since its start. */
	readonly isClustered: boolean;
	readonly subscriptionTtlMs: number;
	readonly isMergingSameContent: boolean;
}

/** Of a tracker in one process with its only edge; one that is a program of its own is clustered. */
export function settingsOf(config: TrackerConfig): TrackerSettings {
	return {
		groupId: config.KAFKA_GROUP_ID,
		sweepIntervalMs: config.HEARTBEAT_INTERVAL_SECONDS * 1_000,
		leaseMs: config.LEASE_SECONDS * 1_000,
		maxPeers: config.CLUSTER_MAX_PEERS,
		isClustered: false,
		subscriptionTtlMs: config.SUBSCRIPTION_DEFAULT_TTL_HOURS * 3_600_000,
		isMergingSameContent: config.MERGE_SAME_CONTENT,
	};
}
