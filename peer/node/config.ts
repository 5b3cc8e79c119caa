// Every setting of the headless peer, with its default and meaning: variables of the environment, and the media
// directories also as --media-dir. Read once, by main.ts; nothing else in the peer looks at the environment.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { parseArgs } from 'node:util';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import {
	address,
	ConfigError,
	defineConfig,
	listOf,
	optionalAddress,
	optionalText,
	wholeNumber,
	yesOrNo,
	type Address,
	type ConfigOf,
} from '../../bus/configuration.ts';
import { sharedSettings } from '../../bus/shared-settings.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import { parsePeerId, type PeerId } from '../../proto/ids.ts';
import type { PeerSettings, Sharing } from '../library/library-item.ts';
import { changeSettings, defaultSettings } from '../settings.ts';
import type { FfmpegPrograms } from './native-ffmpeg.ts';
import { parseIceServer, type IceServerAddress } from './ice-server-url.ts';

const { DATA_DIR, LOG_LEVEL, OTEL_EXPORTER_OTLP_ENDPOINT } = sharedSettings;

export const peerSettings = defineConfig({
	EDGE_GRPC_ADDRESS: {
		type: address,
		default: 'localhost:50051',
		description: 'The gRPC door of the edge.',
	},
	ANNOUNCE_TRACKER_URL: {
		type: webSocketUrl(),
		default: '',
		description:
			"The edge's tracker for WebTorrent programs. When not set, /announce at the edge's host: ws on port 8080, or wss on port 443 with USE_TLS.",
	},
	USE_TLS: {
		type: yesOrNo,
		default: 'false',
		description: 'Whether the edge is spoken to over TLS: true or false.',
	},
	TLS_CA_FILE: {
		type: optionalText,
		default: '',
		description:
			"Certificates to trust instead of the system's, in PEM; for an edge with a certificate of its own making.",
	},
	PEER_ID: {
		type: optionalPeerId(),
		default: '',
		description:
			'Name of this peer on the network. When not set, an id derived from its key; the first key that claims a name keeps it.',
	},
	DISPLAY_NAME: {
		type: z.string(),
		default: '',
		description: 'Name that other people see. When not set, the host name.',
	},
	MEDIA_DIRS: {
		type: listOf(z.string()),
		default: '',
		description:
			'Directories with films, separated by commas. --media-dir adds one and may be given several times.',
	},
	INCLUDE_EXTENSIONS: {
		type: extensions(),
		default: defaultSettings.includeExtensions.join(','),
		description: 'Which files are films, by their extension, separated by commas.',
	},
	SCAN_INTERVAL_MINUTES: {
		type: wholeNumber(0, 7 * 24 * 60),
		default: '60',
		description:
			'How often all directories are looked through. Changes are noticed at once where the system tells of them; 0 leaves it at that.',
	},
	VISIBILITY: {
		type: z
			.enum(['everyone', 'link-only', 'private'], {
				error: 'must be everyone, link-only or private',
			})
			.transform((text): Sharing => (text === 'everyone' ? 'public' : text)),
		default: 'everyone',
		description:
			'Who finds the films: everyone in the catalog, link-only those with a link, private nobody.',
	},
	ALLOW_DELETE: {
		type: yesOrNo,
		default: 'false',
		description: 'Whether the operator of the edge may delete files here: true or false.',
	},
	WEBRTC_MAX_BANDWIDTH_KBPS: {
		type: wholeNumber(0, 100_000_000),
		default: '0',
		description: 'Most kilobits a second sent to all viewers together. 0 is no limit.',
	},
	STUN_SERVERS: {
		type: listOf(iceServer('stun')),
		default: '',
		description:
			'STUN servers to ask besides those the edge names, separated by commas: stun:host:3478.',
	},
	TURN_SERVERS: {
		type: listOf(iceServer('turn')),
		default: '',
		description:
			'TURN servers to use besides those the edge names, separated by commas: turn:user:password@host:3478.',
		secret: true,
	},
	FFMPEG_PATH: {
		type: z.string(),
		default: 'ffmpeg',
		description: 'The ffmpeg program. Where there is none, its WebAssembly build is used.',
	},
	FFPROBE_PATH: {
		type: z.string(),
		default: 'ffprobe',
		description: 'The ffprobe program, as above.',
	},
	DATA_DIR,
	LOG_LEVEL,
	METRICS_ADDRESS: {
		type: optionalAddress,
		default: '',
		description:
			'Where /metrics, /healthz and /readyz are served over HTTP, such as 127.0.0.1:9464. When not set, nowhere.',
	},
	OTEL_EXPORTER_OTLP_ENDPOINT,
});

/** The configuration as the program uses it. */
export interface PeerConfig {
	/** Absolute. */
	readonly mediaDirectories: readonly string[];
	readonly edgeUrl: string;
	/** The edge's announce tracker. */
	readonly announceUrl: string;
	readonly certificateAuthorities?: string;
	readonly chosenPeerId?: PeerId;
	readonly settings: Partial<PeerSettings>;
	readonly sharing: Sharing;
	readonly iceServers: readonly IceServerAddress[];
	readonly programs: FfmpegPrograms;
	/** Absolute. */
	readonly databaseFile: string;
	readonly dataDirectory: string;
	readonly logLevel: string;
	readonly metricsAddress?: Address;
	/** Of an OpenTelemetry collector. */
	readonly collectorUrl?: string;
}

/**
 * `commandLine` is what follows the program's name; relative directories count from `workingDirectory`. Throws
 * `ConfigError` with every mistake at once.
 */
export function readPeerConfig(options: {
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly commandLine: readonly string[];
	readonly workingDirectory: string;
}): PeerConfig {
	const config = peerSettings.readConfig(options.env);
	const { port } = config.EDGE_GRPC_ADDRESS;
	const host = config.EDGE_GRPC_ADDRESS.host.replace(/^(.*:.*)$/, '[$1]');
	const absolute = (path: string) => resolve(options.workingDirectory, path);
	const directories = [...config.MEDIA_DIRS, ...mediaDirsOf(options.commandLine)];
	if (directories.length === 0) {
		throw new ConfigError(['MEDIA_DIRS: name a directory with films, or use --media-dir']);
	}
	const dataDirectory = absolute(config.DATA_DIR);
	return {
		mediaDirectories: [...new Set(directories.map(absolute))],
		edgeUrl: `${config.USE_TLS ? 'https' : 'http'}://${host}:${port}`,
		announceUrl:
			config.ANNOUNCE_TRACKER_URL ??
			(config.USE_TLS ? `wss://${host}/announce` : `ws://${host}:8080/announce`),
		...(config.TLS_CA_FILE !== undefined && {
			certificateAuthorities: readPem(absolute(config.TLS_CA_FILE)),
		}),
		...(config.PEER_ID !== undefined && { chosenPeerId: config.PEER_ID }),
		settings: settingsOf(config),
		sharing: config.VISIBILITY,
		iceServers: [...config.STUN_SERVERS, ...config.TURN_SERVERS],
		programs: { ffmpeg: config.FFMPEG_PATH, ffprobe: config.FFPROBE_PATH },
		dataDirectory,
		databaseFile: join(dataDirectory, 'peer.sqlite'),
		logLevel: config.LOG_LEVEL,
		...(config.METRICS_ADDRESS !== undefined && { metricsAddress: config.METRICS_ADDRESS }),
		...(config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined && {
			collectorUrl: config.OTEL_EXPORTER_OTLP_ENDPOINT,
		}),
	};
}

function settingsOf(config: ConfigOf<typeof peerSettings.settings>): Partial<PeerSettings> {
	return {
		displayName: config.DISPLAY_NAME === '' ? hostname() : config.DISPLAY_NAME,
		includeExtensions: config.INCLUDE_EXTENSIONS,
		scanIntervalMinutes: config.SCAN_INTERVAL_MINUTES,
		maxUploadKbps: config.WEBRTC_MAX_BANDWIDTH_KBPS,
		allowDelete: config.ALLOW_DELETE,
	};
}

function mediaDirsOf(commandLine: readonly string[]): string[] {
	try {
		const { values } = parseArgs({
			args: [...commandLine],
			options: { 'media-dir': { type: 'string', multiple: true } },
		});
		return values['media-dir'] ?? [];
	} catch (caught) {
		throw new ConfigError([caught instanceof Error ? caught.message : String(caught)]);
	}
}

function readPem(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (caught) {
		throw new ConfigError([`TLS_CA_FILE=${file}: ${GiggityflixError.from(caught).message}`]);
	}
}

function optionalPeerId(): z.ZodType<PeerId | undefined, string> {
	return z.string().transform((text, context) => {
		try {
			return text === '' ? undefined : parsePeerId(text);
		} catch {
			context.addIssue('must be 2 to 63 letters, digits, dots, dashes or underscores');
			return z.NEVER;
		}
	});
}

function webSocketUrl(): z.ZodType<string | undefined, string> {
	return z.string().transform((text, context) => {
		if (text === '') return undefined;
		const url = URL.parse(text);
		if (url !== null && /^wss?:$/.test(url.protocol)) return url.href;
		context.addIssue('must be an address like wss://films.example/announce');
		return z.NEVER;
	});
}

/** As the library takes them, by the library's own rule. */
function extensions(): z.ZodType<readonly string[], string> {
	return listOf(z.string()).transform((includeExtensions, context) => {
		try {
			return changeSettings(defaultSettings, { includeExtensions }).includeExtensions;
		} catch (caught) {
			context.addIssue(GiggityflixError.from(caught).message);
			return z.NEVER;
		}
	});
}

function iceServer(scheme: 'stun' | 'turn'): z.ZodType<IceServerAddress, string> {
	return z.string().transform((text, context) => {
		const server = parseIceServer(text);
		if (server !== undefined && text.toLowerCase().startsWith(scheme)) return server;
		const example = scheme === 'stun' ? 'stun:host:3478' : 'turn:user:password@host:3478';
		context.addIssue(`must be an address like ${example}`);
		return z.NEVER;
	});
}
