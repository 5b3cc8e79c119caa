import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../bus/configuration.ts';
import { edgeSettings, readEdgeConfig } from '../../../edge-server/config.ts';
import { parseEdgeId } from '../../../proto/ids.ts';

describe('readEdgeConfig', () => {
	it('has documented defaults', () => {
		const config = readEdgeConfig({});
		expect(config).toMatchObject({
			http: { host: '0.0.0.0', port: 8080 },
			grpc: { host: '0.0.0.0', port: 50_051 },
			maxPeers: 10_000,
			maxConnectionsPerAddress: 10_000,
			allowedOrigins: [],
			hasAnnounceTracker: true,
			announceTrackers: [],
			turnServers: [],
			dataDirectory: './data',
			heartbeatIntervalMs: 30_000,
			connectionTimeoutMs: 120_000,
		});
		expect(config.edgeId).toBe(parseEdgeId(config.edgeId));
		expect(config.edgeId).toMatch(/^edge-/);
		expect(config).not.toHaveProperty('tls');
		expect(config).not.toHaveProperty('operatorToken');
		expect(config.topics.peerConnectionEstablished).toBe('peer.connection.established');
		expect(config.topics.peerConnectionClosed).toBe('peer.connection.closed');
	});

	it('reads everything', () => {
		const config = readEdgeConfig({
			EDGE_ID: 'edge-a',
			GRPC_SERVER_ADDRESS: '',
			TLS_CERT_FILE: '/c.pem',
			TLS_KEY_FILE: '/k.pem',
			ALLOWED_ORIGINS: 'https://films.example,http://localhost:5173',
			STUN_SERVERS: '',
			TURN_SERVERS: 'turn:turn.example:3478?transport=udp',
			TURN_SECRET: 'hush',
			OPERATOR_TOKEN: 'sixteen characters',
			WEBTORRENT_TRACKERS: 'wss://tracker.example,ws://192.168.1.2:8000/announce',
			PEER_LIFECYCLE_EVENTS_TOPIC: 'peers',
			EDGE_COMMANDS_TOPIC_PATTERN: 'to.{edge_id}',
			KAFKA_CATALOG_AVAILABILITY_CHANGED_TOPIC: 'home.availability',
			KAFKA_CATALOG_SUBSCRIPTION_MATCHED_TOPIC: 'home.matches',
		});
		expect(config).not.toHaveProperty('grpc');
		expect(config).toMatchObject({
			edgeId: 'edge-a',
			tls: { certFile: '/c.pem', keyFile: '/k.pem' },
			allowedOrigins: ['https://films.example', 'http://localhost:5173'],
			stunServers: [],
			turnServers: ['turn:turn.example:3478?transport=udp'],
			turnSecret: 'hush',
			operatorToken: 'sixteen characters',
			announceTrackers: ['wss://tracker.example/', 'ws://192.168.1.2:8000/announce'],
		});
		expect(config.topics.peerConnectionClosed).toBe('peers');
		expect(config.topics.edgeCommands(config.edgeId)).toBe('to.edge-a');
		expect(config.topics).toMatchObject({
			catalogAvailabilityChanged: 'home.availability',
			catalogSubscriptionMatched: 'home.matches',
		});
	});

	it.each([
		[{ EDGE_ID: 'a/b' }, 'EDGE_ID=a/b: must be 2 to 63'],
		[{ ALLOWED_ORIGINS: 'https://films.example/' }, 'must be an origin'],
		[{ ALLOWED_ORIGINS: '*' }, 'must be an origin'],
		[{ STUN_SERVERS: 'turn:a' }, 'must be a URL like stun:host:3478'],
		[{ WEBTORRENT_TRACKERS: 'udp://tracker.example:80' }, 'must be a URL such as wss://'],
		[{ WEBTORRENT_TRACKERS: 'wss://' }, 'must be a URL such as wss://'],
		[{ WEBTORRENT_TRACKERS: 'ws://a,ws://b,ws://c,ws://d' }, 'must be 3 at most'],
		[{ OPERATOR_TOKEN: 'short' }, 'OPERATOR_TOKEN: must have at least 16 characters'],
		[{ EDGE_COMMANDS_TOPIC_PATTERN: 'commands' }, 'must contain {edge_id}'],
		[{ TLS_CERT_FILE: '/c.pem' }, 'set both, or none'],
		[{ TURN_SERVERS: 'turn:a' }, 'TURN_SECRET: needed'],
		[{ HEARTBEAT_INTERVAL_SECONDS: '90' }, 'at least two HEARTBEAT_INTERVAL_SECONDS'],
	])('refuses %j', (env, words) => {
		expect(() => readEdgeConfig(env)).toThrow(ConfigError);
		expect(() => readEdgeConfig(env)).toThrow(words);
	});
});

describe('edgeSettings', () => {
	it('describes every variable in sentences', () => {
		for (const row of edgeSettings.describeConfig()) {
			expect(row.name).toMatch(/^[A-Z][A-Z_]+$/);
			expect(row.description).toMatch(/^[A-Z"].*[.]$/);
		}
	});
});
