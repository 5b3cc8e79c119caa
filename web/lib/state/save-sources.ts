// What is saved, found again from what is remembered of it, and from everybody who has it: a film by its link, as the
// watch page finds it; a file of a torrent by its magnet. Knows nothing of files and of how they are written.
import type { Client } from '@connectrpc/connect';
import type { OtherOwners, Peer, WatchSource, WatchTarget } from '../../../peer/peer.ts';
import { piecesOfFilm, piecesOfTorrentFile } from '../../../peer/saves/part-pieces.ts';
import type { SavedThing } from '../../../peer/saves/save-ports.ts';
import type { SaveSource } from '../../../peer/saves/save-run.ts';
import { chooseHttpSeeds } from '../../../peer/swarm/http-seeds.ts';
import { chooseTrackers } from '../../../peer/swarm/swarm-trackers.ts';
import type { Swarms } from '../../../peer/swarm/swarm.ts';
import { parseMagnet } from '../../../peer/torrent/magnet.ts';
import type { TorrentParser } from '../../../peer/torrent/torrent-parser.ts';
import type { ByteSourceFacts } from '../../../peer/transfer/byte-source.ts';
import { orAborted } from '../../../peer/transfer/settling.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import type { CatalogEntry, CatalogService } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import { parseCatalogId } from '../../../proto/ids.ts';
import { filmTorrentOf } from './entry-view.ts';
import { mayStartWithoutOwner, ownersToAsk } from './owners-to-ask.ts';
import { targetOf } from './watch-link.ts';

export interface SaveSourcesOptions {
	readonly peer: Pick<Peer, 'openSource'>;
	readonly catalog: Pick<Client<typeof CatalogService>, 'getEntry'>;
	readonly swarms: Swarms;
	readonly parser: Pick<TorrentParser, 'parseInfo'>;
	/** Our edge's announce tracker, and those it names beside it. */
	readonly trackerUrls: () => readonly string[];
}

type Film = Extract<SavedThing, { kind: 'film' }>;
type TorrentFile = Extract<SavedThing, { kind: 'torrent-file' }>;

/** As `SaveRunOptions.openSource`. */
export function createSaveSources(
	options: SaveSourcesOptions,
): (thing: SavedThing, signal: AbortSignal) => Promise<SaveSource> {
	return (thing, signal) =>
		thing.kind === 'film'
			? openFilm(options, thing, signal)
			: openTorrentFile(options, thing, signal);
}

async function openFilm(
	options: SaveSourcesOptions,
	film: Film,
	signal: AbortSignal,
): Promise<SaveSource> {
	const { target, entry } = await findOwners(options, film, signal);
	const source = options.peer.openSource(target);
	// There is none to wait for.
	source.pictureShown();
	const others = entry && takeFromOthers(source, entry, film.ownerPublicKey);
	return {
		open: (opening) => others?.open(opening) ?? source.open(opening),
		read: (range, reading) => source.read(range, reading),
		close() {
			others?.stop();
			source.close();
		},
		pieces: (facts, reading) => piecesOfFilm(source, facts, target.others?.piecesId, reading),
	};
}

/** From its swarm as well, and from nobody else while the owner is away: as it is watched. */
function takeFromOthers(
	source: WatchSource,
	entry: CatalogEntry,
	key: Uint8Array | undefined,
): { open(signal: AbortSignal): Promise<ByteSourceFacts>; stop(): void } | undefined {
	const torrent = filmTorrentOf(entry);
	if (!torrent) return undefined;
	const goWithoutOwner = () => {
		const mayGo = mayStartWithoutOwner(entry, key, source.connection());
		if (mayGo) source.startWithoutOwner(torrent);
		return mayGo;
	};
	source.joinSwarm(torrent);
	goWithoutOwner();
	return {
		async open(signal) {
			try {
				return await source.open(signal);
			} catch (caught) {
				if (signal.aborted || !goWithoutOwner()) throw caught;
				return source.open(signal);
			}
		},
		stop: source.subscribe(goWithoutOwner),
	};
}

interface Found {
	readonly target: WatchTarget & { readonly others?: OtherOwners };
	/** Unless the catalog cannot be asked. */
	readonly entry?: CatalogEntry;
}

/** A link with a key needs no catalog; without one the catalog has to say whose film it is. */
async function findOwners(
	{ catalog }: SaveSourcesOptions,
	{ catalogId, ownerPublicKey }: Film,
	signal: AbortSignal,
): Promise<Found> {
	try {
		const { entry } = await catalog.getEntry({ catalogId }, { signal });
		if (!entry) throw new GiggityflixError('not-found', 'the catalog has no such film');
		const { believed, others } = ownersToAsk(entry, ownerPublicKey);
		const target = {
			catalogId: parseCatalogId(entry.catalogId),
			ownerPeerIds: believed,
			...(ownerPublicKey && { ownerPublicKey }),
			...(others && { others }),
		};
		return { target, entry };
	} catch (caught) {
		signal.throwIfAborted();
		if (ownerPublicKey) return { target: targetOf(catalogId, ownerPublicKey) };
		throw GiggityflixError.from(caught);
	}
}

async function openTorrentFile(
	{ swarms, parser, trackerUrls }: SaveSourcesOptions,
	{ magnet, fileIndex, info }: TorrentFile,
	signal: AbortSignal,
): Promise<SaveSource> {
	const { infoHash, trackers, httpSeeds } = parseMagnet(magnet);
	const ownUrls = trackerUrls();
	const known = info && (await parser.parseInfo(info, infoHash, signal));
	const swarm = swarms.join({
		infoHash,
		trackers: chooseTrackers(trackers, ownUrls).asked,
		httpSeeds: chooseHttpSeeds(httpSeeds, ownUrls[0]).asked,
		...(known && { torrent: known }),
	});
	try {
		const torrent = await orAborted(swarm.torrent, signal);
		const source = swarm.openFile(fileIndex);
		return {
			open: (opening) => source.open(opening),
			read: (range, reading) => source.read(range, reading),
			close() {
				source.close();
				swarm.leave();
			},
			pieces: async () => piecesOfTorrentFile(torrent, fileIndex),
		};
	} catch (caught) {
		swarm.leave();
		throw caught;
	}
}
