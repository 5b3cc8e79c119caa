// Seeds films of the library while somebody wants them: the edge says what and for how long, and says it again. The
// film is served from where it lies. Rule: only what everyone may have, in the version that was hashed, and nothing
// while nobody asks: a library of any size costs no connection. Does not know how a swarm works.
import { bytesToHex } from '@noble/hashes/utils.js';
import { GiggityflixError } from '../../proto/errors.ts';
import type { SwarmWanted } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { parseCatalogId, type CatalogId } from '../../proto/ids.ts';
import type { LibraryItem, Sharing } from '../library/library-item.ts';
import type { Clock, LibraryStore, Logger, OpenFile } from '../ports.ts';
import { infoHashOf, type InfoHash } from '../torrent/info-hash.ts';
import { parseInfo, type Torrent } from '../torrent/parse-torrent.ts';
import { createFileContent } from './file-content.ts';
import { filmTorrentOf } from './film-torrent.ts';
import type { SwarmLinks } from './swarm-links.ts';
import type { Swarm, Swarms } from './swarm.ts';

/** Films seeded at once. Each has members of its own; who comes later is asked for again. */
const maxSeeded = 20;
/** Longest an edge may ask for at a time. */
const maxWantedMs = 10 * 60_000;

export interface Seeding {
	/** Somebody wants a film, for a while. Throws what opening it throws. */
	wanted(request: SwarmWanted): Promise<void>;
	/** Items, folders or their sharing may have changed: ends what is not to be seeded any more. */
	review(): void;
}

export interface SeedingDependencies {
	readonly swarms: Swarms;
	/** The trackers strangers are met on, our edge's first. */
	readonly announceUrls: () => readonly string[];
	readonly links: Pick<SwarmLinks, 'enter' | 'memberships'>;
	readonly clock: Clock;
	readonly logger: Logger;
	readonly store: Pick<LibraryStore, 'loadInfoDictionary'>;
	readonly findItem: (catalogId: CatalogId) => LibraryItem | undefined;
	readonly item: (offerId: string) => LibraryItem | undefined;
	readonly sharingOf: (item: LibraryItem) => Sharing;
	/** Throws `corrupt` when it is not the version the scan found. */
	readonly open: (item: LibraryItem) => Promise<OpenFile>;
	/** Ends everything. */
	readonly signal: AbortSignal;
}

interface Seeded {
	readonly infoHash: InfoHash;
	readonly item: LibraryItem;
	wantedUntilMs: number;
	announcedUntilMs: number;
	swarm: Swarm | undefined;
	/** Aborted when it is not seeded any more. */
	readonly ending: AbortController;
}

export function createSeeding(deps: SeedingDependencies): Seeding {
	const { clock, signal } = deps;
	const seeded = new Map<InfoHash, Seeded>();

	function end(seed: Seeded): void {
		if (seeded.get(seed.infoHash) === seed) seeded.delete(seed.infoHash);
		seed.ending.abort(new GiggityflixError('cancelled', 'the film is not seeded any more'));
		seed.swarm?.leave();
	}

	function prolong(seed: Seeded, { forMs, onAnnounceTracker }: SwarmWanted): void {
		const untilMs = clock.monotonicMs() + Math.min(forMs, maxWantedMs);
		if (onAnnounceTracker) seed.announcedUntilMs = Math.max(seed.announcedUntilMs, untilMs);
		else seed.wantedUntilMs = Math.max(seed.wantedUntilMs, untilMs);
		seed.swarm?.announceTo(trackersOf(deps, seed));
	}

	async function expire(seed: Seeded): Promise<void> {
		for (;;) {
			const nowMs = clock.monotonicMs();
			const untils = [seed.wantedUntilMs, seed.announcedUntilMs].filter((until) => until > nowMs);
			if (untils.length === 0) break;
			await clock.sleep(Math.min(...untils) - nowMs, seed.ending.signal);
			seed.swarm?.announceTo(trackersOf(deps, seed));
		}
		end(seed);
	}

	signal.addEventListener('abort', () => [...seeded.values()].forEach(end));
	return {
		async wanted(request) {
			const infoHash = bytesToHex(request.torrent?.infoHash ?? new Uint8Array()) as InfoHash;
			const known = seeded.get(infoHash);
			const item = deps.findItem(parseCatalogId(request.catalogId));
			if (known) prolong(known, request);
			if (known || signal.aborted || seeded.size >= maxSeeded) return;
			if (!item || !isSeedable(deps, item) || isEntered(deps, infoHash)) return;
			const ending = new AbortController();
			const seed: Seeded = {
				...{ infoHash, item, ending, swarm: undefined },
				...{ wantedUntilMs: 0, announcedUntilMs: 0 },
			};
			seeded.set(infoHash, seed);
			prolong(seed, request);
			// Ended: there is nothing to wait for any more.
			expire(seed).catch(() => undefined);
			try {
				await begin(deps, seed, request.torrent?.name ?? '', () => end(seed));
			} catch (caught) {
				end(seed);
				throw caught;
			}
		},
		review() {
			for (const seed of [...seeded.values()]) {
				const current = deps.item(seed.item.offerId);
				const isSame = current?.mediaId === seed.item.mediaId;
				if (!current || !isSame || !isSeedable(deps, current)) end(seed);
			}
		},
	};
}

async function begin(
	deps: SeedingDependencies,
	seed: Seeded,
	name: string,
	end: () => void,
): Promise<void> {
	const { infoHash, item, ending } = seed;
	const torrent = await torrentOf(deps, item, infoHash, name);
	const file = await deps.open(item);
	if (ending.signal.aborted) return;
	const swarm = deps.swarms.join({
		...{ infoHash, torrent, trackers: trackersOf(deps, seed) },
		content: createFileContent(file, torrent.pieceBytes),
	});
	seed.swarm = swarm;
	const leave = deps.links.enter({ infoHash, isComplete: true }, swarm.add);
	void swarm.ended.then(({ code }) => {
		leave();
		end();
		if (code !== 'cancelled') deps.logger.info('a film is not seeded any more', { code });
	});
}

/**
 * The item's own torrent, or the one another owner of the same content has made: they differ in the name of the file
 * alone. Throws `not-found` when there is none, or it is of another content.
 */
async function torrentOf(
	{ store }: SeedingDependencies,
	item: LibraryItem,
	infoHash: InfoHash,
	name: string,
): Promise<Torrent> {
	const own = await store.loadInfoDictionary(item.offerId);
	if (!own) throw new GiggityflixError('not-found', 'the film has no torrent');
	const torrent = parseInfo(own, infoHashOf(own));
	if (torrent.infoHash === infoHash) return torrent;
	const renamed = filmTorrentOf(torrent, { infoHash, name });
	if (renamed) return renamed;
	throw new GiggityflixError('not-found', 'the torrent is of another content');
}

/** This tab watches somebody's copy of it, and is in its swarm. */
function isEntered({ links }: SeedingDependencies, infoHash: InfoHash): boolean {
	return links.memberships().some((membership) => membership.infoHash === infoHash);
}

function isSeedable({ sharingOf }: SeedingDependencies, item: LibraryItem): boolean {
	return (
		item.presence.kind === 'present' &&
		item.removedAtMs === undefined &&
		item.torrent !== undefined &&
		sharingOf(item) === 'public'
	);
}

function trackersOf({ announceUrls, clock }: SeedingDependencies, seed: Seeded): readonly string[] {
	return seed.announcedUntilMs > clock.monotonicMs() ? announceUrls() : [];
}
