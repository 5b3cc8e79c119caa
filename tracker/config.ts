// The tracker's variables, with their documented names and defaults. Read once, by the program that starts
// the tracker; nothing else in this folder sees the environment.
import { z } from 'zod';
import {
	defineConfig,
	listOf,
	wholeNumber,
	yesOrNo,
	type Address,
	type ConfigOf,
	type Settings,
} from '../bus/configuration.ts';
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

/** A host, perhaps with a port; an IPv6 host with a port is in brackets. */
const redisHost: z.ZodType<Pick<Address, 'host'> & Partial<Address>, string> = z
	.string()
	.regex(/^(\[[0-9a-f:.]+\]|[^\s:/]+)(:\d{1,5})?$|^[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*$/i, {
		error: 'must be host or host:port',
	})
	.transform((text) => {
		const [, host = text, port] = /^(\[.+\]|[^:]+):(\d+)$/.exec(text) ?? [];
		const bare = host.replace(/^\[(.*)\]$/, '$1');
		return port === undefined ? { host: bare } : { host: bare, port: Number(port) };
	})
	.refine(({ port = 0 }) => port <= 65_535, 'must have a port from 0 to 65535');

const variables = {
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
		type: listOf(redisHost),
		default: '',
		description:
			'Redis in which several trackers share their state, as host or host:port; several of them, separated by commas, are nodes of a Redis Cluster. Empty: one tracker, on its own disk.',
	},
	REDIS_CLUSTER: {
		type: yesOrNo,
		default: 'false',
		description:
			'Whether REDIS_HOST is a node of a Redis Cluster, which is asked for the others. Several hosts always are.',
	},
	REDIS_PORT: {
		type: wholeNumber(1, 65_535),
		default: '6379',
		description: 'Port of Redis, where REDIS_HOST names none.',
	},
	REDIS_DB: {
		type: wholeNumber(0, 1_000_000),
		default: '0',
		description:
			'Number of the database in Redis. Nobody else may write to it. A Redis Cluster has database 0 only.',
	},
	REDIS_PASSWORD: {
		type: z.string(),
		default: '',
		description: 'Password of Redis. Empty: none.',
		secret: true,
	},
	REDIS_TLS: {
		type: yesOrNo,
		default: 'false',
		description:
			'Whether Redis is spoken to with TLS: true or false. NODE_EXTRA_CA_CERTS names a certificate authority of your own.',
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
} as const satisfies Settings;

export const trackerConfig = defineConfig(variables, (config) =>
	isRedisCluster(config) && config.REDIS_DB !== 0
		? [`REDIS_DB=${config.REDIS_DB}: a Redis Cluster has database 0 only`]
		: [],
);

export type TrackerConfig = ConfigOf<typeof variables>;

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
	const { REDIS_PORT, REDIS_DB: db } = config;
	const access = { password: config.REDIS_PASSWORD, isSecure: config.REDIS_TLS };
	const nodes = config.REDIS_HOST.map(({ host, port = REDIS_PORT }) => ({ host, port }));
	const [first] = nodes;
	if (!first) return undefined;
	return isRedisCluster(config) ? { nodes, ...access } : { ...first, db, ...access };
}

function isRedisCluster(config: Pick<TrackerConfig, 'REDIS_HOST' | 'REDIS_CLUSTER'>): boolean {
	return config.REDIS_CLUSTER || config.REDIS_HOST.length > 1;
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
