// Swarms whose torrents come from HTTP seeds as well. Rule: all of them are sources of one mix, so every piece is
// verified whoever sends it, and what a server has sent goes to the members of the swarm. A torrent without HTTP seeds
// is the swarm's alone. Knows nothing of how a swarm works; who may be asked has been decided before.
import { GiggityflixError } from '../../proto/errors.ts';
import type { SourceShare } from '../peer.ts';
import type { Clock } from '../ports.ts';
import type { Torrent } from '../torrent/parse-torrent.ts';
import type { ByteSource } from '../transfer/byte-source.ts';
import { piecesOf } from '../transfer/pieces/film-pieces.ts';
import { readMixed } from '../transfer/pieces/mixed-reader.ts';
import { createPieceMix, type PieceMix } from '../transfer/pieces/piece-mix.ts';
import { createRateMeter, type RateMeter } from '../transfer/rate-meter.ts';
import {
	contentOnceKnown,
	exchangePieces,
	swarmName,
	type MixedPieces,
} from './exchange-pieces.ts';
import { createHttpSeed, type Fetch, type HttpSeed } from './http-seed.ts';
import { createPartSource } from './part-source.ts';
import type { Swarm, SwarmProgress, SwarmRequest, Swarms } from './swarm.ts';
import { torrentPart } from './torrent-part.ts';
import { createWatchedPieces } from './watched-pieces.ts';

export interface MixedSwarmsOptions {
	readonly swarms: Swarms;
	readonly fetch: Fetch;
	readonly clock: Clock;
}

/** A torrent that is known, and everybody who sends it. */
interface MixedTorrent extends MixedPieces {
	readonly clock: Clock;
	readonly torrent: Torrent;
	readonly mix: PieceMix;
	/** By their names in the mix. */
	readonly seeds: ReadonlyMap<string, HttpSeed>;
	readonly meters: ReadonlyMap<string, RateMeter>;
}

export function createMixedSwarms(options: MixedSwarmsOptions): Swarms {
	return {
		join: (request) =>
			request.httpSeeds?.length ? joinMixed(options, request) : options.swarms.join(request),
	};
}

function joinMixed(options: MixedSwarmsOptions, request: SwarmRequest): Swarm {
	const { clock } = options;
	let known: MixedTorrent | undefined;
	const swarm = options.swarms.join({ ...request, content: contentOnceKnown(() => known) });
	const life = new AbortController();
	let stopTelling = (): void => undefined;
	const torrent = swarm.torrent.then((found) => {
		life.signal.throwIfAborted();
		known = mixTorrent(options, found, request.httpSeeds ?? []);
		stopTelling = exchangePieces(swarm, known, () => swarm.openFile('all'));
		return found;
	});
	// Whoever joined may not be interested in it any more.
	torrent.catch(() => undefined);
	const stopListening = swarm.onMembersChange(() => known?.mix.ring());
	void swarm.ended.then((reason) => {
		life.abort(reason);
		stopListening();
		stopTelling();
		known?.mix.close(reason);
	});
	return {
		...swarm,
		torrent,
		openFile: (fileIndex) => openMixed(known, fileIndex, life.signal),
		progress: () => withSeeds(swarm.progress(), known, clock.monotonicMs()),
	};
}

function mixTorrent(
	{ fetch, clock }: MixedSwarmsOptions,
	torrent: Torrent,
	urls: readonly string[],
): MixedTorrent {
	const pieces = piecesOf(torrent);
	const watched = createWatchedPieces(pieces, undefined);
	const seeds = new Map<string, HttpSeed>();
	const meters = new Map([swarmName, ...urls].map((name) => [name, createRateMeter()]));
	const mix = createPieceMix({
		...{ pieces, clock, shelf: watched.shelf },
		// Others may come as long as the swarm is joined.
		mayMoreCome: () => true,
		onBytes: (name = '', bytes) => meters.get(name)?.add(bytes, clock.monotonicMs()),
		onBad: (name) => seeds.get(name)?.drop('corrupt'),
	});
	for (const url of urls) {
		const seed = createHttpSeed({ ...{ url, torrent, fetch, clock }, onDrop: () => mix.ring() });
		seeds.set(url, seed);
		mix.join({ name: url, read: seed.read, isReady: () => seed.dropped() === undefined });
	}
	return { torrent, clock, pieces, watched, mix, seeds, meters };
}

function openMixed(
	known: MixedTorrent | undefined,
	fileIndex: number | 'all',
	swarmLife: AbortSignal,
): ByteSource {
	if (!known) throw new GiggityflixError('not-found', 'the torrent is not known yet');
	const { facts, offsetBytes } = torrentPart(known.torrent, fileIndex);
	return createPartSource({
		...{ facts, swarm: swarmLife },
		read: (range, signal) =>
			readMixed(known, { ...range, offsetBytes: offsetBytes + range.offsetBytes }, signal),
	});
}

function withSeeds(
	progress: SwarmProgress,
	known: MixedTorrent | undefined,
	nowMs: number,
): SwarmProgress {
	if (!known) return progress;
	const amounts = (name: string) => ({
		totalBytes: known.meters.get(name)?.totalBytes ?? 0,
		bytesPerSecond: known.meters.get(name)?.bytesPerSecond(nowMs) ?? 0,
	});
	const seeds = [...known.seeds].map(([url, seed]): SourceShare => {
		const reason = seed.dropped();
		const from = { kind: 'http-seed', host: seed.host, ...(reason && { reason }) } as const;
		return { from, ...amounts(url), state: reason === undefined ? 'ready' : 'dropped' };
	});
	const swarm: SourceShare = {
		...{ from: { kind: 'swarm' }, ...amounts(swarmName) },
		state: progress.peers > 0 ? 'ready' : 'away',
	};
	const seedRate = seeds.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0);
	return {
		...progress,
		downloadBytesPerSecond: progress.downloadBytesPerSecond + seedRate,
		sources: [swarm, ...seeds],
	};
}
