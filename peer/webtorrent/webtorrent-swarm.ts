// One swarm in webtorrent, which finds peers, moves pieces and checks their hashes. Rule: metadata is read by our parser
// within our limits, pieces are kept by our cache, names in a torrent never reach it, and it announces to no tracker but
// those asked for.
import { createListeners } from '../listeners.ts';
import type { Clock } from '../ports.ts';
import { createPieceCache, type PieceCache } from '../swarm/piece-cache.ts';
import { createPieceSource } from '../swarm/piece-source.ts';
import type { Swarm, SwarmLink, SwarmProgress, SwarmRequest } from '../swarm/swarm.ts';
import { torrentPart } from '../swarm/torrent-part.ts';
import type { Torrent } from '../torrent/parse-torrent.ts';
import { pieceCountOf } from '../torrent/torrent-pieces.ts';
import type { TorrentParser } from '../torrent/torrent-parser.ts';
import { createDeferred, type Deferred } from '../transfer/settling.ts';
import type { UploadCap } from '../transfer/serving/upload-cap.ts';
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerId } from '../../proto/ids.ts';
import type { Torrent as TorrentClient, WebTorrent } from './webtorrent.ts';
import { createEarlyAnnounces } from './early-announces.ts';
import { guardMetadata, offerMetadata } from './webtorrent-metadata.ts';
import { connectionOf, duplexClassOf, type DuplexClass } from './webtorrent-link.ts';
import { createPieceStore } from './webtorrent-store.ts';
import { updateOnce } from './update-once.ts';
import { bitfieldOf, hasPiece, metadataOf, parsedTorrentOf } from './webtorrent-torrent.ts';
import { createMemberWires, memberBehind, type MemberWires } from './webtorrent-wires.ts';

/** What a swarm needs of the place. */
export interface SwarmSurroundings {
	/** Reads metadata that others send. */
	readonly parser: Pick<TorrentParser, 'parseInfo'>;
	/** Shared with whatever else this peer sends. */
	readonly uploadCap: Pick<UploadCap, 'take'>;
	readonly clock: Clock;
}

/** More connections cost more than they bring; Chromium stops at 500 for everything. */
const maxPeers = 30;
/** Pieces that nobody reads now, for a step back and for others. */
const cacheBytes = 64 * 1024 * 1024;

export interface WebtorrentSwarm extends Swarm {
	/** A client is there to join it with. */
	begin(client: WebTorrent): void;
	/** Ends it with an error. */
	fail(error: unknown): void;
}

/** Everything one swarm is made of. */
interface Joined {
	readonly request: SwarmRequest;
	readonly around: SwarmSurroundings;
	/** Aborted when it is left, or failed. */
	readonly life: AbortController;
	readonly known: Deferred<Torrent>;
	readonly ended: Deferred<GiggityflixError>;
	readonly pieces: PieceCache;
	readonly wires: MemberWires;
	/** By the id of their link. */
	readonly members: Map<string, PeerId>;
	/** Those that came before webtorrent was there. */
	readonly earlyLinks: SwarmLink[];
	announceTo: readonly string[];
	/** Known without asking the others. */
	given: Torrent | undefined;
	/** As webtorrent was told of it. */
	torrent: Torrent | undefined;
	Duplex: DuplexClass | undefined;
	client: TorrentClient | undefined;
	trackers: SwarmProgress['trackers'];
	/** As the others see us. */
	ownName: string;
}

export function createWebtorrentSwarm(
	request: SwarmRequest,
	around: SwarmSurroundings,
	onEnd: () => void,
): WebtorrentSwarm {
	const changes = createListeners();
	const joined = createJoined(request, around, () => changes.tell());
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
		know(torrent) {
			joined.given ??= torrent;
			if (joined.client?.infoHash) begin(joined, joined.given, end);
		},
		openFile: (fileIndex) => openFile(joined, fileIndex),
		setServing: (isServing) => joined.wires.setServing(isServing),
		contentChanged(piece) {
			if (hasPiece(request.content, piece)) offerPiece(joined, piece);
			else if (!joined.pieces.get(piece)) forgetPiece(joined, piece);
		},
		isOffered: (piece) => joined.wires.has(piece),
		turnAt: (piece) => joined.wires.turnAt(piece, joined.ownName),
		onMembersChange: changes.add,
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

function createJoined(
	request: SwarmRequest,
	around: SwarmSurroundings,
	onMembersChange: () => void,
): Joined {
	const joined: Joined = {
		...{ request, around },
		wires: createMemberWires({
			isServing: request.isServing ?? true,
			onChange: onMembersChange,
			onBad: (wire) => request.onBadMember?.(memberBehind(wire, joined)),
		}),
		members: new Map(),
		life: new AbortController(),
		known: createDeferred(),
		ended: createDeferred(),
		earlyLinks: [],
		announceTo: request.trackers,
		given: request.torrent,
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
				if (!hasPiece(request.content, index)) forgetPiece(joined, index);
			},
		}),
		...{ torrent: undefined, Duplex: undefined },
		client: undefined,
		...{ trackers: 'asking', ownName: '' },
	};
	return joined;
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
	updateOnce(added);
	joined.Duplex = duplexClassOf(client);
	joined.ownName = client.peerId;
	added.on('error', (error) => end(GiggityflixError.from(error)));
	added.on('trackerAnnounce', () => (joined.trackers = 'answering'));
	added.on('warning', ({ message }) => {
		const [, badPiece] = /^Piece (\d+) failed verification$/.exec(message) ?? [];
		if (badPiece !== undefined) joined.wires.settled(Number(badPiece), false);
		else if (joined.trackers === 'asking') joined.trackers = 'unreachable';
	});
	added.on('verified', (piece) => joined.wires.settled(piece, true));
	added.on('wire', (wire) => {
		joined.wires.add(wire);
		guardMetadata(wire, {
			isKnown: () => joined.torrent !== undefined,
			take: (info) => takeInfo(joined, info, end),
		});
		offerMetadata(wire);
	});
	added.on('infoHash', () => {
		for (const link of joined.earlyLinks.splice(0)) addLink(joined, link);
		queueMicrotask(() => {
			if (joined.given) begin(joined, joined.given, end);
		});
	});
	const announces = createEarlyAnnounces(
		joined.around.clock,
		() => added.discovery?.tracker?.update(),
		joined.life.signal,
	);
	added.on('peer', (peer) => {
		// Offers come in whether more peers are wanted or not.
		if (added._peersLength > maxPeers) added.removePeer(peer.id);
		else if (!peer.connected) announces.watch(peer);
	});
}

/** True when a peer has sent the metadata; a peer that sends another's is asked again, and ignored in the end. */
async function takeInfo(
	joined: Joined,
	info: Uint8Array,
	end: (reason: GiggityflixError) => void,
): Promise<boolean> {
	try {
		const { infoHash } = joined.request;
		begin(joined, await joined.around.parser.parseInfo(info, infoHash, joined.life.signal), end);
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
		uploadCap: joined.around.uploadCap,
		onFailure(piece, error) {
			if (request.content?.isComplete) end(error);
			else if (!joined.pieces.get(piece)) forgetPiece(joined, piece);
		},
	});
	// Without it every piece is looked up to find out what is there.
	client._startupBitfield = bitfieldOf(torrent, request.content);
	void client._onMetadata(parsedTorrentOf(torrent, joined.announceTo));
	joined.known.resolve(torrent);
}

/** A piece that came by another way; webtorrent tells of those it has fetched itself. */
function offerPiece({ client, wires }: Joined, piece: number): void {
	if (client?.destroyed !== false || client.bitfield?.get(piece) !== false) return;
	client._markVerified(piece);
	wires.announce(piece, true);
}

function forgetPiece({ client, wires }: Joined, piece: number): void {
	if (client?.destroyed !== false || client.bitfield?.get(piece) !== true) return;
	client._markUnverified(piece);
	wires.announce(piece, false);
}

/** Links that come before webtorrent knows the torrent wait for it. */
function addLink({ client, Duplex, life, earlyLinks, members }: Joined, link: SwarmLink): void {
	if (life.signal.aborted) link.close();
	else if (client?.infoHash && Duplex) {
		members.set(link.linkId, link.remotePeerId);
		const connection = connectionOf(link, Duplex);
		connection.on('close', () => members.delete(link.linkId));
		client.addPeer(connection);
	} else earlyLinks.push(link);
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

function openFile({ torrent, pieces, life, request }: Joined, fileIndex: number | 'all') {
	if (!torrent) throw new GiggityflixError('not-found', 'the torrent is not known yet');
	return createPieceSource({
		...torrentPart(torrent, fileIndex),
		pieceBytes: torrent.pieceBytes,
		pieces,
		...(request.content && { content: request.content }),
		swarm: life.signal,
	});
}
