// The composition root of the page: the only place that chooses the browser's adapters for the ports of
// the peer core. `routes/+layout.svelte` calls it once. Knows no rule of the peer and nothing of Svelte.
import type { FolderId } from '../../../peer/library/library-item.ts';
import type { Peer } from '../../../peer/peer.ts';
import type {
	Clock,
	FolderAccess,
	FolderSource,
	FolderSources,
	RandomBytes,
} from '../../../peer/ports.ts';
import { createTabPeer } from '../../../peer/tabs/tab-peer.ts';
import { createTabUploadCap } from '../../../peer/tabs/tab-upload-cap.ts';
import { chooseTrackers } from '../../../peer/swarm/swarm-trackers.ts';
import type { Swarms } from '../../../peer/swarm/swarm.ts';
import { createMixedSwarms } from '../../../peer/swarm/mixed-swarms.ts';
import { createSharedSwarms } from '../../../peer/swarm/shared-swarms.ts';
import type { TorrentParser } from '../../../peer/torrent/torrent-parser.ts';
import type { SavesOptions } from '../../../peer/saves/saves.ts';
import type { PieceShelves } from '../../../peer/transfer/pieces/piece-shelf.ts';
import { createTransfers } from '../../../peer/transfer/create-transfers.ts';
import type { UploadCap } from '../../../peer/transfer/serving/upload-cap.ts';
import {
	webtorrentSwarms,
	type WebtorrentSwarmsOptions,
} from '../../../peer/webtorrent/webtorrent-swarms.ts';
import { createWatcherName } from '../../../proto/swarm-client.ts';
import { pageHasher } from '../workers/worker-hasher.ts';
import { workerTorrentParser } from '../workers/worker-torrent-parser.ts';
import { createAppStreams, type AppStreams } from './app-streams.ts';
import { broadcastTabChannel } from './broadcast-tab-channel.ts';
import { browserClock } from './browser-clock.ts';
import { browserMedia } from './browser-media.ts';
import { browserPieceShelves } from './browser-piece-shelves.ts';
import { connectCatalog, type CatalogClient } from './connect-catalog.ts';
import { consoleLogger } from './console-logger.ts';
import { deviceNameOf } from './device-name.ts';
import { isDirectoryHandleFolder } from './directory-handle-folder.ts';
import { createFileChooser } from './file-saver.ts';
import { hasDirectoryPicker } from './file-system-access.ts';
import { foldersFromDrop } from './folder-drop.ts';
import { pickFolder } from './folder-picker.ts';
import { indexedDbFolderSources } from './indexed-db-folder-sources.ts';
import { indexedDbLibrary } from './indexed-db-library.ts';
import { indexedDbSaves } from './indexed-db-saves.ts';
import { createInstallPrompt, type InstallPrompt } from './install-prompt.ts';
import { watchLinkIntent } from './link-intent.ts';
import { createMagnetLinks, type MagnetLinks } from './magnet-links.ts';
import {
	meteredConnection,
	type MeteredConnection,
	type NetworkInformation,
} from './metered-connection.ts';
import { requestPersistence } from './persistent-storage.ts';
import { createRtcPeerLinks, rtcIceServers } from './rtc-peer-links.ts';
import { registerServiceWorker, type AppServiceWorker } from './service-worker-registration.ts';
import { createStreamBridge } from './stream-bridge.ts';
import { streamCompression } from './stream-compression.ts';
import { streamDownloads } from './stream-downloads.ts';
import { webLockLeader } from './web-lock-leader.ts';
import { webLockSaves } from './web-lock-saves.ts';
import { webSocketEdgeTransport } from './web-socket-edge-transport.ts';
import { openBrowserClient } from './webtorrent-client.ts';

/** Everything the page can do; made once, started and stopped through `peer`. */
export interface BrowserPeer {
	readonly peer: Peer;
	/** Asks the person for a folder; `undefined` when they changed their mind. Call it from a click. */
	pickFolder(): Promise<FolderSource | undefined>;
	/** The folders (and single files, as one folder) of a drop. Call it before the drop event has returned. */
	foldersFromDrop(dataTransfer: DataTransfer): Promise<FolderSource[]>;
	/**
	 * Asks to read a known folder again and reconnects it when granted. Call it from a click. `lost`: it must be
	 * picked again.
	 */
	requestAccess(folderId: FolderId): Promise<FolderAccess>;
	readonly catalog: CatalogClient;
	readonly streams: AppStreams;
	readonly torrents: BrowserTorrents;
	readonly saves: BrowserSaves;
	/** Films kept from earlier visits; `undefined` where the browser keeps none. */
	readonly pieceShelves: PieceShelves | undefined;
	/** Whether picked folders stay known after a reload. */
	readonly canPickFolders: boolean;
	readonly serviceWorker: Pick<AppServiceWorker, 'onUpdateReady' | 'applyUpdate'>;
	readonly install: InstallPrompt;
	readonly metered: MeteredConnection;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	/** Calls back with the link a person is about to follow; returns the way to stop listening. */
	onLinkIntent(listener: (link: HTMLAnchorElement) => void): () => void;
}

/** Everything the page can do with torrents that others made. */
export interface BrowserTorrents {
	readonly parser: TorrentParser;
	readonly swarms: Swarms;
	/** Our edge's announce tracker, and those it names beside it. */
	readonly trackerUrls: () => readonly string[];
	readonly links: MagnetLinks;
}

/** What saving needs of this browser. */
export type BrowserSaves = Pick<SavesOptions, 'store' | 'locks' | 'downloads' | 'choose'>;

export function createBrowserPeer(): BrowserPeer {
	const clock = browserClock();
	const folderSources = indexedDbFolderSources();
	const pieceShelves = browserPieceShelves();
	const metered = meteredConnection((navigator as NavigatorWithConnection).connection);
	const uploadCap = createTabUploadCap({
		...{ clock, randomBytes, channel: broadcastTabChannel('giggityflix-uploads') },
		maxUploadKbps: () => peer.snapshot().settings.maxUploadKbps,
	});
	const page = { clock, folderSources, pieceShelves, metered, uploadCap };
	const peer: Peer = createPagePeer(page);
	const serviceWorker = registerServiceWorker({
		container: serviceWorkers(),
		scriptUrl: '/service-worker.js',
		scriptType: import.meta.env.DEV ? 'module' : 'classic',
		reload: () => location.reload(),
	});
	const streams = createPageStreams(serviceWorker, clock);
	return {
		peer,
		pickFolder: async () => {
			const folder = await pickFolder();
			if (folder !== undefined) keepStorage();
			return folder;
		},
		foldersFromDrop: async (dataTransfer) => {
			const folders = await foldersFromDrop(dataTransfer);
			if (folders.length > 0) keepStorage();
			return folders;
		},
		requestAccess: async (folderId) => {
			const folder = await folderSources.get(folderId);
			if (folder === undefined) return 'lost';
			const access = isDirectoryHandleFolder(folder)
				? await folder.requestAccess()
				: await folder.access();
			if (access === 'granted') await peer.reconnectFolder(folderId);
			return access;
		},
		catalog: connectCatalog(location.origin),
		streams,
		saves: {
			store: indexedDbSaves(),
			locks: webLockSaves(navigator.locks),
			downloads: streamDownloads(streams),
			choose: createFileChooser(),
		},
		torrents: createBrowserTorrents(peer, page),
		pieceShelves,
		metered,
		canPickFolders: hasDirectoryPicker(),
		serviceWorker,
		install: createInstallPrompt(),
		...{ clock, randomBytes },
		onLinkIntent: (listener) => watchLinkIntent(document, clock, listener),
	};
}

/** What the peer and the rest of the page share. */
interface PageParts {
	readonly clock: Clock;
	readonly folderSources: FolderSources;
	readonly pieceShelves: PieceShelves | undefined;
	readonly metered: MeteredConnection;
	/** Over everything the tabs of this browser send. */
	readonly uploadCap: UploadCap;
}

type NavigatorWithConnection = Navigator & { readonly connection?: NetworkInformation };

function createPagePeer(page: PageParts): Peer {
	const { clock, folderSources, pieceShelves, uploadCap } = page;
	const watching = createWatching(page, () => peer);
	const media = browserMedia();
	const libraryStore = indexedDbLibrary();
	const peer: Peer & { nudge(): void } = createTabPeer({
		clock,
		randomBytes,
		logger: consoleLogger,
		folderSources,
		libraryStore,
		mediaProbe: media.probe,
		frameGrabber: media.frames,
		hasher: pageHasher(),
		hashCheckpoints: libraryStore,
		edgeTransport: webSocketEdgeTransport({ url: edgeSocketUrl('/ws'), clock }),
		peerLinks: createRtcPeerLinks({
			createConnection: (configuration) => new RTCPeerConnection(configuration),
			clock,
		}),
		pieceShelves,
		createTransfers: (options) =>
			createTransfers({ ...options, uploadCap, watching, compression: streamCompression() }),
		seeding: {
			swarms: createPageSwarms(() => peer, page),
			announceUrls: () => announceUrlsOf(peer),
		},
		initialSettings: { displayName: deviceNameOf(navigator.userAgent) },
		lock: webLockLeader(navigator.locks, 'giggityflix-leader'),
		channel: broadcastTabChannel('giggityflix-tabs'),
	});
	// For as long as the page lives; a peer that has stopped does nothing on a nudge.
	addEventListener('online', () => peer.nudge());
	document.addEventListener('visibilitychange', () => {
		if (document.visibilityState === 'visible') peer.nudge();
	});
	// A page that is left says goodbye, so that viewers look for another way at once instead of waiting for silence.
	addEventListener('pagehide', ({ persisted }) => {
		if (!persisted) void peer.stop();
	});
	return peer;
}

/** What is watched is sent on unless the person has said no, or would pay for it. */
function createWatching(parts: PageParts, peer: () => Peer) {
	const { metered } = parts;
	return {
		swarms: createPageSwarms(peer, parts, { namedBy: () => createWatcherName(randomBytes) }),
		announceUrls: () => announceUrlsOf(peer()),
		mayServe: () => peer().snapshot().settings.servesWatched && !metered.isMetered(),
		onMayServeChange(listener: () => void) {
			const stops = [peer().subscribe(listener), metered.onChange(listener)];
			return () => {
				for (const stop of stops) stop();
			};
		},
	};
}

function createPageStreams(serviceWorker: AppServiceWorker, clock: Clock): AppStreams {
	const container = serviceWorkers();
	const bridge =
		container === undefined
			? undefined
			: createStreamBridge({ serviceWorker: container, clock, randomBytes });
	return createAppStreams(serviceWorker, bridge);
}

/** Browsers leave it out on pages without HTTPS and in some private windows, whatever TypeScript's library says. */
function serviceWorkers(): ServiceWorkerContainer | undefined {
	return 'serviceWorker' in navigator ? navigator.serviceWorker : undefined;
}

function createBrowserTorrents(peer: Peer, parts: PageParts): BrowserTorrents {
	const { clock } = parts;
	const parser = workerTorrentParser();
	const swarms = createPageSwarms(() => peer, parts, { parser });
	return {
		parser,
		swarms: createSharedSwarms(createMixedSwarms({ swarms, clock, fetch: fetch.bind(window) })),
		trackerUrls: () => [ownTrackerUrl(), ...peer.announceTrackers()],
		links: createMagnetLinks(),
	};
}

function createPageSwarms(
	peer: () => Peer,
	{ clock, uploadCap }: PageParts,
	{
		parser = workerTorrentParser(),
		namedBy,
	}: Partial<Pick<WebtorrentSwarmsOptions, 'parser' | 'namedBy'>> = {},
): Swarms {
	return webtorrentSwarms({
		openClient: openBrowserClient,
		parser,
		iceServers: () => rtcIceServers(peer().iceServers()),
		...{ uploadCap, clock },
		...(namedBy && { namedBy }),
	});
}

/** Those a browser can speak to. */
const announceUrlsOf = (peer: Peer) =>
	chooseTrackers([], [ownTrackerUrl(), ...peer.announceTrackers()]).asked;

const ownTrackerUrl = () => edgeSocketUrl('/announce');

/** The edge serves the page and the sockets from one origin. */
function edgeSocketUrl(path: string): string {
	const url = new URL(path, location.origin);
	url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
	return url.href;
}

/** The core never hands over shared memory, which is the one kind the browser refuses. */
const randomBytes: RandomBytes = (target) => {
	crypto.getRandomValues(target as Uint8Array<ArrayBuffer>);
};

/** Asked for once there is something to keep. A refusal changes nothing, so nobody waits for the answer. */
function keepStorage(): void {
	requestPersistence().catch(() => undefined);
}
