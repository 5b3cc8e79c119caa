// The composition root of the headless peer: the only place that chooses Node's adapters for the ports of the
// peer core. Knows no rule of the peer, and nothing of the process it runs in or of who looks on.
import { randomFillSync } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { createCallerContext } from '../../bus/call-context.ts';
import { nodeClock } from '../../bus/node-clock.ts';
import { openObservation, type Observation } from '../../bus/observation.ts';
import { openProbeDoor, type ProbeDoor } from '../../bus/probe-door.ts';
import { createPeer } from '../create-peer.ts';
import type { FolderId } from '../library/library-item.ts';
import type { Peer } from '../peer.ts';
import type { FolderSources, Logger, RandomBytes } from '../ports.ts';
import { parseInfo } from '../torrent/parse-torrent.ts';
import { createTransfers } from '../transfer/create-transfers.ts';
import { createUploadCap } from '../transfer/serving/upload-cap.ts';
import { webtorrentSwarms } from '../webtorrent/webtorrent-swarms.ts';
import type { PeerConfig } from './config.ts';
import { dataChannelLinks } from './data-channel-links.ts';
import { watchDirectory, type DirectoryWatch } from './directory-watch.ts';
import { ffmpegMedia, type Ffmpeg } from './ffmpeg-media.ts';
import { grpcEdgeTransport } from './grpc-edge-transport.ts';
import { addressesOf, rtcServerOf } from './ice-server-url.ts';
import { checkDirectories, shareDirectories } from './media-folders.ts';
import { findNativeFfmpeg } from './native-ffmpeg.ts';
import { nodeHasher } from './node-hasher.ts';
import { observedCap, observedEdge, observedHasher } from './observed-ports.ts';
import { createPeerMetrics } from './peer-metrics.ts';
import { openPeerDatabase } from './sqlite-database.ts';
import { sqliteFolderSources } from './sqlite-folder-sources.ts';
import { sqliteLibrary } from './sqlite-library.ts';
import { systemClock } from './system-clock.ts';
import { wasmFfmpeg } from './wasm-ffmpeg.ts';
import { nodeWebTorrent, type NodeWebTorrent } from './webtorrent-client.ts';
import { zlibCompression } from './zlib-compression.ts';

export interface HeadlessPeer {
	readonly peer: Pick<Peer, 'snapshot' | 'subscribe' | 'items'>;
	/** Says goodbye to edge and viewers, and closes what was opened. */
	stop(): Promise<void>;
}

/**
 * Starts the peer of a configuration. Throws `ConfigError` for directories that cannot be shared, and what opening the
 * database throws: `already-exists` when another peer uses it.
 */
export async function startHeadlessPeer(config: PeerConfig, logger: Logger): Promise<HeadlessPeer> {
	const directories = await checkDirectories(config.mediaDirectories);
	mkdirSync(config.dataDirectory, { recursive: true });
	const parts = await openParts(config, logger);
	const { libraryStore, folderSources, observation } = parts;
	const peer = assemble(config, logger, parts);
	const probes = await openProbes(config, observation, peer);
	await peer.start();
	// What is configured counts at every start, not only at the first one.
	await peer.updateSettings(config.settings);
	const folders = await shareDirectories(peer, folderSources, directories, config.sharing);
	const watches = watchFolders(peer, folders, logger);
	return {
		peer,
		async stop() {
			for (const watch of watches) watch.close();
			await probes?.close();
			await peer.stop();
			await Promise.all([parts.webTorrent.close(), parts.hasher.close(), parts.ffmpeg.close()]);
			libraryStore.close();
			await observation.close();
		},
	};
}

/** What is opened before there is a peer, and closed after it. */
interface Parts {
	readonly libraryStore: ReturnType<typeof sqliteLibrary>;
	readonly folderSources: FolderSources;
	readonly ffmpeg: Ffmpeg;
	readonly hasher: ReturnType<typeof nodeHasher>;
	readonly webTorrent: NodeWebTorrent;
	readonly observation: Observation;
}

async function openParts(config: PeerConfig, logger: Logger): Promise<Parts> {
	const database = openPeerDatabase(config.databaseFile);
	return {
		libraryStore: sqliteLibrary(database),
		folderSources: sqliteFolderSources(database),
		ffmpeg: await chooseFfmpeg(config, logger),
		hasher: nodeHasher(),
		webTorrent: nodeWebTorrent(config.certificateAuthorities),
		observation: await openObservation(config.collectorUrl, {
			service: 'giggityflix-peer',
			instance: config.chosenPeerId ?? hostname(),
			clock: nodeClock,
		}),
	};
}

function assemble(config: PeerConfig, logger: Logger, parts: Parts): Peer {
	const { registry, tracer } = parts.observation;
	const metrics = createPeerMetrics({ registry, snapshot: () => peer.snapshot() });
	// One for everything this peer sends, over whatever link.
	const uploadCap = createUploadCap({
		clock: systemClock,
		maxUploadKbps: () => peer.snapshot().settings.maxUploadKbps,
	});
	const interceptors = [createCallerContext({ tracer, randomBytes })];
	const media = ffmpegMedia(parts.ffmpeg);
	const peer: Peer = createPeer({
		clock: systemClock,
		...{ randomBytes, logger },
		folderSources: parts.folderSources,
		libraryStore: parts.libraryStore,
		...{ mediaProbe: media, frameGrabber: media },
		hasher: observedHasher(parts.hasher, metrics, tracer),
		edgeTransport: observedEdge(grpcEdgeTransport({ ...config, interceptors }), metrics),
		peerLinks: dataChannelLinks({ clock: systemClock, ownServers: config.iceServers }),
		createTransfers: (options) =>
			createTransfers({
				...options,
				uploadCap: observedCap(uploadCap, 'link', metrics),
				compression: zlibCompression,
			}),
		seeding: {
			swarms: webtorrentSwarms({
				openClient: parts.webTorrent.open,
				parser: { parseInfo: async (info, infoHash) => parseInfo(info, infoHash) },
				iceServers: () =>
					[...config.iceServers, ...peer.iceServers().flatMap(addressesOf)].map(rtcServerOf),
				uploadCap: observedCap(uploadCap, 'swarm', metrics),
				clock: systemClock,
			}),
			announceUrls: () => [config.announceUrl, ...peer.announceTrackers()],
		},
		initialSettings: config.settings,
		...(config.chosenPeerId !== undefined && { chosenPeerId: config.chosenPeerId }),
	});
	return peer;
}

async function openProbes(
	{ metricsAddress }: PeerConfig,
	{ registry }: Observation,
	peer: Peer,
): Promise<ProbeDoor | undefined> {
	if (metricsAddress === undefined) return undefined;
	return openProbeDoor({
		address: metricsAddress,
		registry,
		isServing: () => peer.snapshot().edge.kind === 'online',
	});
}

const randomBytes: RandomBytes = (target) => void randomFillSync(target);

async function chooseFfmpeg({ programs }: PeerConfig, logger: Logger): Promise<Ffmpeg> {
	const native = await findNativeFfmpeg(programs);
	if (native !== undefined) return native;
	logger.info('no ffmpeg with WebP on this machine: its slower WebAssembly build is used');
	return wasmFfmpeg();
}

function watchFolders(
	peer: Peer,
	folders: ReadonlyMap<FolderId, string>,
	logger: Logger,
): DirectoryWatch[] {
	return [...folders].map(([folderId, directory]) =>
		watchDirectory({
			directory,
			onChange: () => void peer.rescan(folderId),
			onTrouble: ({ code }) =>
				logger.warn('changes are noticed by the scan interval only', { directory, code }),
		}),
	);
}
