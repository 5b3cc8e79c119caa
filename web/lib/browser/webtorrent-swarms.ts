// Swarms by webtorrent, which is loaded with the first of them. It finds peers, moves pieces and checks their
// hashes; metadata is read by our parser within our limits, pieces are kept by our cache, and names in a torrent
// never reach it. One client, no tracker but those asked for, no DHT, no web seeds, nothing on the disk.
import type WebTorrent from 'webtorrent/dist/webtorrent.min.js';
import webtorrentUrl from 'webtorrent/dist/webtorrent.min.js?url';
import type { Torrent as TorrentClient } from 'webtorrent/dist/webtorrent.min.js';
import { mimeTypeOf } from '../../../peer/library/mime-type.ts';
import { createPieceCache, type PieceCache } from '../../../peer/swarm/piece-cache.ts';
import { createPieceSource } from '../../../peer/swarm/piece-source.ts';
import type { Swarm, SwarmProgress, SwarmRequest, Swarms } from '../../../peer/swarm/swarm.ts';
import type { Torrent } from '../../../peer/torrent/parse-torrent.ts';
import { fileNameOf } from '../../../peer/torrent/plain-name.ts';
import type { TorrentParser } from '../../../peer/torrent/torrent-parser.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import { guardMetadata } from './webtorrent-metadata.ts';
import { pieceStore } from './webtorrent-store.ts';

export interface WebtorrentSwarmsOptions {
	readonly parser: TorrentParser;
	/** Asked when a swarm is joined. */
	readonly iceServers: () => RTCIceServer[];
	/** Asked when a swarm is joined; 0 is without a limit. */
	readonly maxUploadBytesPerSecond: () => number;
}

/** A file of its own and not a chunk, so that the service worker knows it by its name and does not fetch it for everybody. */
type WebtorrentModule = typeof import('webtorrent/dist/webtorrent.min.js');

/** More connections cost a page more than they bring; Chromium stops at 500 for everything. */
const maxPeers = 30;
/** Pieces that nobody reads now, for a step back and for others. */
const cacheBytes = 64 * 1024 * 1024;

export function webtorrentSwarms(options: WebtorrentSwarmsOptions): Swarms {
	const live = new Set<JoinedSwarm>();
	let client: Promise<WebTorrent> | undefined;

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
					started.throttleUpload(options.maxUploadBytesPerSecond() || -1);
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
	readonly pieces: PieceCache;
	torrent: Torrent | undefined;
	client: TorrentClient | undefined;
	trackers: SwarmProgress['trackers'];
}

function createSwarm(request: SwarmRequest, parser: TorrentParser, onEnd: () => void): JoinedSwarm {
	const joined: Joined = {
		...{ request, parser },
		life: new AbortController(),
		known: Promise.withResolvers<Torrent>(),
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
				if (joined.client?.destroyed === false) joined.client._markUnverified(index);
			},
		}),
		torrent: undefined,
		client: undefined,
		trackers: 'asking',
	};
	// Whoever joined may not be interested in it any more.
	joined.known.promise.catch(() => undefined);

	function end(reason: GiggityflixError): void {
		if (joined.life.signal.aborted) return;
		joined.life.abort(reason);
		joined.known.reject(reason);
		if (joined.client?.destroyed === false) joined.client.destroy();
		joined.pieces.clear();
		onEnd();
	}

	return {
		torrent: joined.known.promise,
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
		{ infoHash: request.infoHash, announce: request.trackers },
		{ store: pieceStore(joined.pieces), storeCacheSlots: 0, deselect: true },
	);
	joined.client = added;
	added.on('error', (error) => end(GiggityflixError.from(error)));
	added.on('trackerAnnounce', () => (joined.trackers = 'answering'));
	added.on('warning', () => {
		if (joined.trackers === 'asking') joined.trackers = 'unreachable';
	});
	// Offers come in whether more peers are wanted or not.
	added.on('peer', ({ id }) => {
		if (added._peersLength > maxPeers) added.removePeer(id);
	});
	if (request.torrent) {
		const { torrent } = request;
		added.on('infoHash', () => queueMicrotask(() => begin(joined, torrent)));
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
		begin(joined, await joined.parser.parseInfo(info, infoHash, joined.life.signal));
		return true;
	} catch (caught) {
		const error = GiggityflixError.from(caught);
		if (error.code === 'corrupt') return false;
		end(error);
		return true;
	}
}

/** Tells webtorrent what there is to fetch: sizes and hashes, and numbers for names. */
function begin(joined: Joined, torrent: Torrent): void {
	const { client, request } = joined;
	if (!client || client.destroyed || joined.torrent) return;
	joined.torrent = torrent;
	const { sizeBytes, pieceBytes } = torrent;
	client.on('metadata', () => (client.metadata = metadataOf(torrent)));
	// Nothing is there yet: without it every piece is looked up to find that out.
	client._startupBitfield = new Uint8Array(Math.ceil(pieceCountOf(torrent) / 8));
	void client._onMetadata({
		infoHash: request.infoHash,
		announce: request.trackers,
		urlList: [],
		name: '',
		info: {},
		files: [{ name: '0', path: '0', length: sizeBytes, offset: 0 }],
		length: sizeBytes,
		pieceLength: pieceBytes,
		lastPieceLength: sizeBytes % pieceBytes || pieceBytes,
		pieces: hexOfHashes(torrent.pieceHashes),
	});
	joined.known.resolve(torrent);
}

function openFile({ torrent, pieces, life }: Joined, fileIndex: number) {
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
		swarm: life.signal,
	});
}

const pieceCountOf = ({ pieceHashes }: Torrent) => pieceHashes.length / 20;

/** The smallest .torrent of an info dictionary, as peers ask for it. */
function metadataOf({ info }: Torrent): Uint8Array {
	const before = new TextEncoder().encode('d4:info');
	const metadata = new Uint8Array(before.length + info.length + 1);
	metadata.set(before);
	metadata.set(info, before.length);
	metadata.set([0x65], metadata.length - 1);
	return metadata;
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexOfHashes(hashes: Uint8Array): string[] {
	const pieces: string[] = [];
	for (let at = 0; at < hashes.length; at += 20) {
		let hex = '';
		for (let index = at; index < at + 20; index += 1) hex += hexOfByte[hashes[index] ?? 0] ?? '';
		pieces.push(hex);
	}
	return pieces;
}
