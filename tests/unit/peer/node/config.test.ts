import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatHelp } from '../../../../bus/configuration.ts';
import { peerSettings, readPeerConfig } from '../../../../peer/node/config.ts';
import { defaultSettings } from '../../../../peer/settings.ts';

function read(env: Readonly<Record<string, string>>, commandLine: readonly string[] = []) {
	return readPeerConfig({ env, commandLine, workingDirectory: '/home/anna' });
}

describe('readPeerConfig', () => {
	it('needs nothing but a directory', () => {
		expect(read({}, ['--media-dir', '/films'])).toEqual({
			mediaDirectories: ['/films'],
			edgeUrl: 'http://localhost:50051',
			announceUrl: 'ws://localhost:8080/announce',
			settings: {
				displayName: hostname(),
				includeExtensions: defaultSettings.includeExtensions,
				scanIntervalMinutes: 60,
				maxUploadKbps: 0,
				allowDelete: false,
			},
			sharing: 'public',
			iceServers: [],
			programs: { ffmpeg: 'ffmpeg', ffprobe: 'ffprobe' },
			dataDirectory: '/home/anna/data',
			databaseFile: '/home/anna/data/peer.sqlite',
			logLevel: 'info',
		});
	});

	it('adds up directories, each once, from where the person is', () => {
		const env = { MEDIA_DIRS: '/films, shows' };
		const { mediaDirectories } = read(env, ['--media-dir', './shows/', '--media-dir=../ben/tapes']);
		expect(mediaDirectories).toEqual(['/films', '/home/anna/shows', '/home/ben/tapes']);
	});

	it('reads every variable', () => {
		const config = read({
			...{ MEDIA_DIRS: '/films', EDGE_GRPC_ADDRESS: '[2001:db8::1]:443', USE_TLS: 'true' },
			...{ PEER_ID: 'attic', DISPLAY_NAME: 'Attic', INCLUDE_EXTENSIONS: 'MKV, .webm' },
			...{ SCAN_INTERVAL_MINUTES: '5', VISIBILITY: 'link-only', ALLOW_DELETE: 'true' },
			...{ WEBRTC_MAX_BANDWIDTH_KBPS: '8000', STUN_SERVERS: 'stun:stun.example' },
			...{ TURN_SERVERS: 'turn:anna:secret@relay.example', DATA_DIR: '/var/lib/giggityflix' },
		});
		expect(config).toMatchObject({
			edgeUrl: 'https://[2001:db8::1]:443',
			announceUrl: 'wss://[2001:db8::1]/announce',
			chosenPeerId: 'attic',
			sharing: 'link-only',
			settings: {
				displayName: 'Attic',
				includeExtensions: ['.mkv', '.webm'],
				scanIntervalMinutes: 5,
				allowDelete: true,
				maxUploadKbps: 8000,
			},
			iceServers: [
				{ hostname: 'stun.example' },
				{ hostname: 'relay.example', username: 'anna', password: 'secret' },
			],
			databaseFile: '/var/lib/giggityflix/peer.sqlite',
		});
	});

	it('is watched by nobody unless it is said where', () => {
		const watched = { METRICS_ADDRESS: '127.0.0.1:9464', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://o' };
		expect(read({ MEDIA_DIRS: '/films', ...watched })).toMatchObject({
			metricsAddress: { host: '127.0.0.1', port: 9464 },
			collectorUrl: 'http://o',
		});
		const config = read({ MEDIA_DIRS: '/films' });
		expect(config).not.toHaveProperty('metricsAddress');
		expect(config).not.toHaveProperty('collectorUrl');
	});

	it('takes the announce tracker from elsewhere', () => {
		const ANNOUNCE_TRACKER_URL = 'wss://films.example/announce';
		expect(read({ MEDIA_DIRS: '/films', ANNOUNCE_TRACKER_URL }).announceUrl).toBe(
			ANNOUNCE_TRACKER_URL,
		);
		for (const wrong of ['films.example', 'https://films.example/announce']) {
			expect(() => read({ MEDIA_DIRS: '/films', ANNOUNCE_TRACKER_URL: wrong })).toThrow(
				'must be an address like wss://',
			);
		}
	});

	it('trusts the certificates of a file', async () => {
		const directory = await mkdtemp(join(tmpdir(), 'peer-config-'));
		const TLS_CA_FILE = join(directory, 'ca.pem');
		await writeFile(TLS_CA_FILE, 'a certificate');
		expect(read({ MEDIA_DIRS: '/films', TLS_CA_FILE }).certificateAuthorities).toBe(
			'a certificate',
		);
		await rm(directory, { recursive: true });
		expect(() => read({ MEDIA_DIRS: '/films', TLS_CA_FILE })).toThrow('ENOENT');
	});

	it.each([
		[{}, [], 'MEDIA_DIRS: name a directory with films'],
		[{ MEDIA_DIRS: '/f', PEER_ID: 'a/b' }, [], 'PEER_ID=a/b: must be 2 to 63 letters'],
		[{ MEDIA_DIRS: '/f', EDGE_GRPC_ADDRESS: 'edge' }, [], 'must be host:port'],
		[{ MEDIA_DIRS: '/f', INCLUDE_EXTENSIONS: '*.mkv' }, [], 'letters and digits'],
		[{ MEDIA_DIRS: '/f', VISIBILITY: 'public' }, [], 'everyone, link-only or private'],
		[{ MEDIA_DIRS: '/f', STUN_SERVERS: 'turn:host' }, [], 'an address like stun:host'],
		[{ MEDIA_DIRS: '/f' }, ['--media', '/g'], "Unknown option '--media'"],
		[{ MEDIA_DIRS: '/f' }, ['/g'], 'Unexpected argument'],
	])('says what is wrong with %j %j', (env, commandLine, problem) => {
		expect(() => read(env, commandLine)).toThrow(problem);
	});

	it('never prints the password of a TURN server', () => {
		expect(() => read({ MEDIA_DIRS: '/f', TURN_SERVERS: 'turn:anna:hunter2@' })).toThrow(
			/^(?!.*hunter2)[^]*TURN_SERVERS: must be an address/,
		);
	});

	it('explains itself', () => {
		const help = formatHelp('peer', peerSettings.describeConfig());
		expect(help).toContain('EDGE_GRPC_ADDRESS');
		expect(help).toContain('Default: localhost:50051');
	});
});
