// Swarms by webtorrent, which is loaded with the first of them. It finds peers, moves pieces and checks their
// hashes; metadata is read by our parser within our limits, pieces are kept by our cache, and names in a torrent
// never reach it. One client, no tracker but those asked for, no DHT, no web seeds, nothing on the disk.
import type WebTorrent from 'webtorrent/dist/webtorrent.min.js';
import webtorrentUrl from 'webtorrent/dist/webtorrent.min.js?url';
import type { Torrent as TorrentClient } from 'webtorrent/dist/webtorrent.min.js';
import { mimeTypeOf } from '../../../peer/library/mime-type.ts';
import { createPieceCache, type PieceCache } from '../../../peer/swarm/piece-cache.ts';
import { createPieceSource } from '../../../peer/swarm/piece-source.ts';
import type {
	Swarm,
	SwarmLink,
	SwarmProgress,
	SwarmRequest,
	Swarms,
} from '../../../peer/swarm/swarm.ts';
import type { Torrent } from '../../../peer/torrent/parse-torrent.ts';
import { fileNameOf } from '../../../peer/torrent/plain-name.ts';
import type { TorrentParser } from '../../../peer/torrent/torrent-parser.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { guardMetadata } from './webtorrent-metadata.ts';
import { connectionOf, duplexClassOf, type DuplexClass } from './webtorrent-link.ts';
import { createPieceStore } from './webtorrent-store.ts';
import {
	bitfieldOf,
	hasPiece,
	metadataOf,
	parsedTorrentOf,
	pieceCountOf,
} from './webtorrent-torrent.ts';

export interface WebtorrentSwarmsOptions {
	readonly parser: TorrentParser;
	/** Asked when a swarm is joined. */
	readonly iceServers: () => RTCIceServer[];
	/** Asked again and again while a swarm is joined; 0 is without a limit. */
	readonly maxUploadBytesPerSecond: () => number;
}

/** A file of its own and not a chunk, so that the service worker knows it by its name and does not fetch it for everybody. */
type WebtorrentModule = typeof import('webtorrent/dist/webtorrent.min.js');

/** More connections cost a page more than they bring; Chromium stops at 500 for everything. */
const maxPeers = 30;
const capCheckMs = 1000;
/** Pieces that nobody reads now, for a step back and for others. */
const cacheBytes = 64 * 1024 * 1024;

export function webtorrentSwarms(options: WebtorrentSwarmsOptions): Swarms {
	const live = new Set<JoinedSwarm>();
	let client: Promise<WebTorrent> | undefined;
	let capTimer: ReturnType<typeof setInterval> | undefined;

	/** The cap may be changed while something is uploaded. */
	function keepToCap(started: WebTorrent): void {
		started.throttleUpload(options.maxUploadBytesPerSecond() || -1);
		clearInterval(capTimer);
		if (live.size > 0) capTimer = setInterval(() => keepToCap(started), capCheckMs);
	}

	async function start(): Promise<WebTorrent> {
		const { default: Client } = (await import(
			/* @vite-ignore */ webtorrentUrl
		)) as WebtorrentModule;
		const started = new Client({
			dht: false,
			lsd: false,
			utPex: false,
			natUpnp: false,
			natPmp: false,
			webSeeds: false,
			tracker: { rtcConfig: { iceServers: options.iceServers() } },
		});
		// A client that failed is of no use any more; the next swarm starts another.
		started.on('error', (error) => {
			client = undefined;
			for (const swarm of live) swarm.fail(error);
		});
		return started;
	}

	return {
		join(request) {
			client ??= start();
			const swarm = createSwarm(request, options.parser, () => live.delete(swarm));
			live.add(swarm);
			client.then(
				(started) => {
					keepToCap(started);
					swarm.begin(started);
				},
				(error: unknown) => {
					client = undefined;
					swarm.fail(error);
				},
			);
			return swarm;
		},
	};
}

interface JoinedSwarm extends Swarm {
	begin(client: WebTorrent): void;
	/** Ends it with an error. */
	fail(error: unknown): void;
}

/** Everything one swarm is made of. */
interface Joined {
	readonly request: SwarmRequest;
	readonly parser: TorrentParser;
	/** Aborted when it is left, or failed. */
	readonly life: AbortController;
	readonly known: PromiseWithResolvers<Torrent>;
	readonly ended: PromiseWithResolvers<GiggityflixError>;
	readonly pieces: PieceCache;
	/** Those that came before webtorrent was there. */
	readonly earlyLinks: SwarmLink[];
	announceTo: readonly string[];
	torrent: Torrent | undefined;
	Duplex: DuplexClass | undefined;
	client: TorrentClient | undefined;
	trackers: SwarmProgress['trackers'];
}

function createSwarm(request: SwarmRequest, parser: TorrentParser, onEnd: () => void): JoinedSwarm {
	const joined: Joined = {
		...{ request, parser },
		life: new AbortController(),
		known: Promise.withResolvers<Torrent>(),
		ended: Promise.withResolvers<GiggityflixError>(),
		earlyLinks: [],
		announceTo: request.trackers,
		pieces: createPieceCache({
			capacityBytes: cacheBytes,
			fetch: (ranges) => {
				const { client, torrent } = joined;
				if (!client || client.destroyed || !torrent) return;
				client.deselect(0, pieceCountOf(torrent) - 1);
				for (const { from, to } of ranges) {
					client.select(from, to, 1);
					client.critical(from, from);
				}
			},
			forget: (index) => {
				if (joined.client?.destroyed !== false || hasPiece(request.content, index)) return;
				joined.client._markUnverified(index);
			},
		}),
		...{ torrent: undefined, Duplex: undefined },
		client: undefined,
		trackers: 'asking',
	};
	// Whoever joined may not be interested in it any more.
	joined.known.promise.catch(() => undefined);

	function end(reason: GiggityflixError): void {
		if (joined.life.signal.aborted) return;
		joined.life.abort(reason);
		joined.known.reject(reason);
		joined.ended.resolve(reason);
		for (const link of joined.earlyLinks.splice(0)) link.close();
		if (joined.client?.destroyed === false) joined.client.destroy();
		joined.pieces.clear();
		onEnd();
	}

	return {
		torrent: joined.known.promise,
		ended: joined.ended.promise,
		add: (link) => addLink(joined, link),
		announceTo: (trackers) => announceTo(joined, trackers),
		openFile: (fileIndex) => openFile(joined, fileIndex),
		progress: () => ({
			peers: joined.client?.numPeers ?? 0,
			downloadBytesPerSecond: joined.client?.downloadSpeed ?? 0,
			uploadBytesPerSecond: joined.client?.uploadSpeed ?? 0,
			trackers: joined.trackers,
		}),
		leave: () => end(new GiggityflixError('cancelled', 'the swarm was left')),
		begin(client) {
			if (!joined.life.signal.aborted) addToClient(client, joined, end);
		},
		fail: (error) => end(GiggityflixError.from(error)),
	};
}

function addToClient(
	client: WebTorrent,
	joined: Joined,
	end: (reason: GiggityflixError) => void,
): void {
	const { request } = joined;
	const added = client.add(
		{ infoHash: request.infoHash, announce: joined.announceTo },
		{ storeCacheSlots: 0, deselect: true, skipVerify: request.content?.isComplete === true },
	);
	joined.client = added;
	joined.Duplex = duplexClassOf(client);
	added.on('error', (error) => end(GiggityflixError.from(error)));
	added.on('trackerAnnounce', () => (joined.trackers = 'answering'));
	added.on('warning', () => {
		if (joined.trackers === 'asking') joined.trackers = 'unreachable';
	});
	added.on('infoHash', () => {
		for (const link of joined.earlyLinks.splice(0)) addLink(joined, link);
	});
	// Offers come in whether more peers are wanted or not.
	added.on('peer', ({ id }) => {
		if (added._peersLength > maxPeers) added.removePeer(id);
	});
	if (request.torrent) {
		const { torrent } = request;
		added.on('infoHash', () => queueMicrotask(() => begin(joined, torrent, end)));
		return;
	}
	added.on('wire', (wire) =>
		guardMetadata(wire, {
			isKnown: () => joined.torrent !== undefined,
			take: (info) => takeInfo(joined, info, end),
		}),
	);
}

/** True when a peer has sent the metadata; a peer that sends another's is asked again, and ignored in the end. */
async function takeInfo(
	joined: Joined,
	info: Uint8Array,
	end: (reason: GiggityflixError) => void,
): Promise<boolean> {
	try {
		const { infoHash } = joined.request;
		begin(joined, await joined.parser.parseInfo(info, infoHash, joined.life.signal), end);
		return true;
	} catch (caught) {
		const error = GiggityflixError.from(caught);
		if (error.code === 'corrupt') return false;
		end(error);
		return true;
	}
}

/** Tells webtorrent what there is to fetch: sizes and hashes, and numbers for names. */
function begin(joined: Joined, torrent: Torrent, end: (reason: GiggityflixError) => void): void {
	const { client, request } = joined;
	if (!client || client.destroyed || joined.torrent) return;
	joined.torrent = torrent;
	const { sizeBytes, pieceBytes } = torrent;
	client.on('metadata', () => (client.metadata = metadataOf(torrent)));
	client._preloadedStore = createPieceStore({
		...{ pieces: joined.pieces, content: request.content, pieceBytes, sizeBytes },
		onFailure(piece, error) {
			if (request.content?.isComplete) end(error);
			else if (!client.destroyed && !joined.pieces.get(piece)) client._markUnverified(piece);
		},
	});
	// Without it every piece is looked up to find out what is there.
	client._startupBitfield = bitfieldOf(torrent, request.content);
	void client._onMetadata(parsedTorrentOf(torrent, joined.announceTo));
	joined.known.resolve(torrent);
}

/** Links that come before webtorrent knows the torrent wait for it. */
function addLink({ client, Duplex, life, earlyLinks }: Joined, link: SwarmLink): void {
	if (life.signal.aborted) link.close();
	else if (client?.infoHash && Duplex) client.addPeer(connectionOf(link, Duplex));
	else earlyLinks.push(link);
}

function announceTo(joined: Joined, trackers: readonly string[]): void {
	joined.announceTo = trackers;
	const discovery = joined.client?.destroyed === false ? joined.client.discovery : undefined;
	if (!discovery || discovery._announce.join() === trackers.join()) return;
	discovery.tracker?.stop();
	discovery.tracker?.destroy();
	joined.trackers = 'asking';
	discovery._announce = trackers;
	discovery.tracker = discovery._createTracker();
}

function openFile({ torrent, pieces, life, request }: Joined, fileIndex: number) {
	const file = torrent?.files[fileIndex];
	if (!torrent || !file) throw new GiggityflixError('not-found', 'no such file in the torrent');
	return createPieceSource({
		facts: {
			sizeBytes: file.sizeBytes,
			modifiedAtMs: 0,
			mimeType: mimeTypeOf(file.name),
			fileName: fileNameOf(file.name),
			sideCars: [],
		},
		offsetBytes: file.offsetBytes,
		pieceBytes: torrent.pieceBytes,
		pieces,
		...(request.content && { content: request.content }),
		swarm: life.signal,
	});
}
