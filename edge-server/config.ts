// Every variable the edge reads, with its default and meaning, and the typed configuration made of them.
// Read once, by a main.ts; nothing else in the edge looks at the environment.
import { hostname } from 'node:os';
import { z } from 'zod';
import {
	defineConfig,
	listOf,
	optionalAddress,
	optionalText,
	wholeNumber,
	yesOrNo,
	type Address,
	type ConfigOf,
	type TlsFiles,
} from '../bus/configuration.ts';
import { sharedSettings } from '../bus/shared-settings.ts';
import { asTopic, defaultTopics, type Topics } from '../bus/topics.ts';
import { parseEdgeId, type EdgeId } from '../proto/ids.ts';

const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, {
	error: 'must be an origin such as https://films.example',
});

/** Written as browsers write it, so that one tracker has one name. */
const announceUrl = z
	.string()
	.refine((text) => /^wss?:\/\//.test(text) && URL.canParse(text) && new URL(text).hash === '', {
		error: 'must be a URL such as wss://tracker.example',
	})
	.transform((text) => new URL(text).href);
/** Browsers prepare connections for each, and ask four in all. */
const maxAnnounceTrackers = 3;

export const edgeSettings = defineConfig(
	{
		HOST: {
			type: z.string(),
			default: '0.0.0.0',
			description:
				'Address the browser door listens on. The default lets friends on the network in; 127.0.0.1 keeps it to this machine.',
		},
		PORT: {
			type: wholeNumber(0, 65_535),
			default: '8080',
			description:
				'Port of the browser door: the web app, WebSockets and the API. 0 takes a free one.',
		},
		GRPC_SERVER_ADDRESS: {
			type: optionalAddress,
			default: '0.0.0.0:50051',
			description: 'Where the gRPC door listens. Empty turns it off.',
			allowsEmpty: true,
		},
		EDGE_ID: {
			type: z.string().transform(toEdgeId),
			default: '',
			description:
				'Name of this edge, unique in a cluster. When not set, "edge-" and the host name.',
		},
		MAX_PEERS: {
			type: wholeNumber(1, 1_000_000),
			default: '10000',
			description: 'Most peers connected at once.',
		},
		MAX_CONNECTIONS_PER_ADDRESS: {
			type: wholeNumber(1, 1_000_000),
			default: '10000',
			description:
				'Most peer connections from one address. Generous, because a proxy or a whole campus is one address; lower it on an edge that faces the open internet without a proxy.',
		},
		TLS_CERT_FILE: {
			type: optionalText,
			default: '',
			description: 'Certificate chain in PEM. With TLS_KEY_FILE, both doors speak TLS.',
		},
		TLS_KEY_FILE: {
			type: optionalText,
			default: '',
			description: 'Private key of the certificate, in PEM.',
		},
		ALLOWED_ORIGINS: {
			type: listOf(origin),
			default: '',
			description:
				'Origins other than its own whose pages may connect, separated by commas. Needed behind a proxy that ends TLS.',
		},
		STUN_SERVERS: {
			type: listOf(serverUrl('stun')),
			default: 'stun:stun.l.google.com:19302',
			description: 'STUN servers for peers behind routers, separated by commas. Empty uses none.',
			allowsEmpty: true,
		},
		TURN_SERVERS: {
			type: listOf(serverUrl('turn')),
			default: '',
			description: 'TURN servers for peers without a direct route, separated by commas.',
		},
		TURN_SECRET: {
			type: optionalText,
			default: '',
			description:
				'Secret shared with the TURN servers (coturn: static-auth-secret); peers get short-lived credentials made with it.',
			secret: true,
		},
		OPERATOR_TOKEN: {
			type: optionalText.refine((token) => token === undefined || token.length >= 16, {
				error: 'must have at least 16 characters',
			}),
			default: '',
			description:
				'Bearer token of the operator API at /api/operator. When not set, there is none.',
			secret: true,
		},
		ANNOUNCE_TRACKER: {
			type: yesOrNo,
			default: 'true',
			description:
				'Whether /announce serves WebTorrent clients as their tracker, those of other sites too: true or false.',
		},
		WEBTORRENT_TRACKERS: {
			type: listOf(announceUrl).refine((urls) => urls.length <= maxAnnounceTrackers, {
				error: `must be ${String(maxAnnounceTrackers)} at most`,
			}),
			default: '',
			description:
				'WebTorrent trackers besides /announce that magnets and .torrent files name and swarms meet on, separated by commas; three at most. They learn who has and who watches which public film.',
		},
		PEER_LIFECYCLE_EVENTS_TOPIC: {
			type: z.string(),
			default: 'peer.connection.{event}',
			description:
				'Topic of peers coming and going; {event} stands for "established" or "closed". Without it both go to one topic.',
		},
		PEER_CATALOG_UPDATES_TOPIC: {
			type: z.string(),
			default: defaultTopics.peerCatalogUpdated,
			description: 'Topic of what peers announce.',
		},
		EDGE_COMMANDS_TOPIC_PATTERN: {
			type: z.string().includes('{edge_id}', { error: 'must contain {edge_id}' }),
			default: 'edge.{edge_id}.commands',
			description: 'Topic an edge takes commands from; {edge_id} stands for its EDGE_ID.',
		},
		...sharedSettings,
	},
	(config) => [
		...((config.TLS_CERT_FILE === undefined) !== (config.TLS_KEY_FILE === undefined)
			? ['TLS_CERT_FILE and TLS_KEY_FILE: set both, or none']
			: []),
		...(config.TURN_SERVERS.length > 0 && config.TURN_SECRET === undefined
			? ['TURN_SECRET: needed with TURN_SERVERS']
			: []),
		...(config.CONNECTION_TIMEOUT_SECONDS < 2 * config.HEARTBEAT_INTERVAL_SECONDS
			? ['CONNECTION_TIMEOUT_SECONDS: must be at least two HEARTBEAT_INTERVAL_SECONDS']
			: []),
	],
);

/** The configuration as the edge's code uses it. */
export interface EdgeConfig {
	readonly http: Address;
	/** Absent: there is no gRPC door. */
	readonly grpc?: Address;
	readonly edgeId: EdgeId;
	readonly maxPeers: number;
	readonly maxConnectionsPerAddress: number;
	readonly tls?: TlsFiles;
	readonly allowedOrigins: readonly string[];
	readonly stunServers: readonly string[];
	readonly turnServers: readonly string[];
	readonly turnSecret?: string;
	readonly operatorToken?: string;
	/** Whether there is a WebTorrent tracker at /announce. */
	readonly hasAnnounceTracker: boolean;
	/** Of others, named beside it. */
	readonly announceTrackers: readonly string[];
	readonly topics: Topics;
	readonly dataDirectory: string;
	readonly heartbeatIntervalMs: number;
	readonly connectionTimeoutMs: number;
	readonly leaseMs: number;
}

/** Throws `ConfigError` with every mistake at once. */
export function readEdgeConfig(env: Readonly<Record<string, string | undefined>>): EdgeConfig {
	const config = edgeSettings.readConfig(env);
	const { GRPC_SERVER_ADDRESS, TLS_CERT_FILE, TLS_KEY_FILE, TURN_SECRET, OPERATOR_TOKEN } = config;
	return {
		http: { host: config.HOST, port: config.PORT },
		edgeId: config.EDGE_ID,
		maxPeers: config.MAX_PEERS,
		maxConnectionsPerAddress: config.MAX_CONNECTIONS_PER_ADDRESS,
		allowedOrigins: config.ALLOWED_ORIGINS,
		stunServers: config.STUN_SERVERS,
		turnServers: config.TURN_SERVERS,
		hasAnnounceTracker: config.ANNOUNCE_TRACKER,
		announceTrackers: config.WEBTORRENT_TRACKERS,
		topics: topicsOf(config),
		dataDirectory: config.DATA_DIR,
		heartbeatIntervalMs: config.HEARTBEAT_INTERVAL_SECONDS * 1000,
		connectionTimeoutMs: config.CONNECTION_TIMEOUT_SECONDS * 1000,
		leaseMs: config.LEASE_SECONDS * 1000,
		...(GRPC_SERVER_ADDRESS !== undefined && { grpc: GRPC_SERVER_ADDRESS }),
		...(TLS_CERT_FILE !== undefined &&
			TLS_KEY_FILE !== undefined && { tls: { certFile: TLS_CERT_FILE, keyFile: TLS_KEY_FILE } }),
		...(TURN_SECRET !== undefined && { turnSecret: TURN_SECRET }),
		...(OPERATOR_TOKEN !== undefined && { operatorToken: OPERATOR_TOKEN }),
	};
}

function topicsOf(config: ConfigOf<typeof edgeSettings.settings>): Topics {
	const lifecycle = (event: string) =>
		asTopic(config.PEER_LIFECYCLE_EVENTS_TOPIC.replaceAll('{event}', event));
	return {
		...defaultTopics,
		peerConnectionEstablished: lifecycle('established'),
		peerConnectionClosed: lifecycle('closed'),
		peerCatalogUpdated: asTopic(config.PEER_CATALOG_UPDATES_TOPIC),
		catalogAvailabilityChanged: config.KAFKA_CATALOG_AVAILABILITY_CHANGED_TOPIC,
		catalogSubscriptionMatched: config.KAFKA_CATALOG_SUBSCRIPTION_MATCHED_TOPIC,
		edgeCommands: (edgeId) =>
			asTopic(config.EDGE_COMMANDS_TOPIC_PATTERN.replaceAll('{edge_id}', edgeId)),
	};
}

/** The id given, or one made of the host name; characters an id cannot have become dashes. */
function toEdgeId(text: string, context: z.RefinementCtx): EdgeId {
	const fallback = `edge-${hostname().replaceAll(/[^a-z0-9._-]/gi, '-')}`.slice(0, 63);
	try {
		return parseEdgeId(text === '' ? fallback : text);
	} catch {
		context.addIssue('must be 2 to 63 letters, digits, dots, dashes or underscores');
		return z.NEVER;
	}
}

function serverUrl(scheme: 'stun' | 'turn'): z.ZodType<string, string> {
	return z
		.string()
		.regex(new RegExp(`^${scheme}s?:[^\\s/]+$`), `must be a URL like ${scheme}:host:3478`);
}
