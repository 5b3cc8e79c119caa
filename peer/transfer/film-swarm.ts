// A film that is watched, in its swarm: one more source of the mix, and its verified pieces for the others in return.
// Rule: owners who are asked directly are not linked to a second time, and without leave to serve nobody gets a byte
// or hears of us but those our own edge introduces. Does not know when to join.
import { GiggityflixError } from '../../proto/errors.ts';
import type { PeerId } from '../../proto/ids.ts';
import type { FilmTorrent, SourceShare } from '../peer.ts';
import type { Clock } from '../ports.ts';
import { filmTorrentOf } from '../swarm/film-torrent.ts';
import type { Swarms } from '../swarm/swarm.ts';
import type { SwarmLinks } from '../swarm/swarm-links.ts';
import type { WatchedPieces } from '../swarm/watched-pieces.ts';
import type { Torrent } from '../torrent/parse-torrent.ts';
import type { FilmPieces } from './film-pieces.ts';
import type { PieceMix } from './piece-mix.ts';
import { createRateMeter, type RateMeter } from './rate-meter.ts';

/** What watching in a swarm needs of the place. */
export interface FilmSwarms {
	/** Not those the library is seeded with: a torrent can be joined in each. */
	readonly swarms: Swarms;
	/** Our edge's announce tracker. */
	readonly announceUrl: string;
	readonly links: Pick<SwarmLinks, 'enter' | 'memberships'>;
	/** Whether what was watched may be sent to others now. */
	readonly mayServe: () => boolean;
	/** Returns the unsubscribe. */
	readonly onMayServeChange: (listener: () => void) => () => void;
}

export interface FilmSwarm {
	/** Counted when a piece has come. */
	readonly received: RateMeter;
	/** Whether somebody is there who could send. */
	isReady(): boolean;
	shares(nowMs: number): readonly SourceShare[];
	/** The page is closed, or the film is opened afresh. */
	leave(): void;
}

export interface JoinFilmSwarm {
	readonly filmSwarms: FilmSwarms;
	readonly torrent: FilmTorrent;
	readonly pieces: FilmPieces;
	readonly watched: WatchedPieces;
	readonly mix: Pick<PieceMix, 'join' | 'ring'>;
	readonly clock: Clock;
	/** Asked directly already. */
	readonly isDirect: (peerId: PeerId) => boolean;
	/** Somebody came, went or was dropped. */
	readonly onChange: () => void;
}

/** As the mix knows it. */
export const swarmName = 'swarm';

/** `undefined` when the torrent is of another content, or this tab is in its swarm already. */
export function joinFilmSwarm(joining: JoinFilmSwarm): FilmSwarm | undefined {
	const { filmSwarms, pieces, watched, mix } = joining;
	const { infoHash } = joining.torrent;
	const isEntered = filmSwarms.links.memberships().some((known) => known.infoHash === infoHash);
	const torrent = isEntered ? undefined : torrentOf(joining);
	if (!torrent) return undefined;
	const dropped: (PeerId | undefined)[] = [];
	const { mayServe } = filmSwarms;
	const trackers = () => (mayServe() ? [filmSwarms.announceUrl] : []);
	const swarm = filmSwarms.swarms.join({
		...{ infoHash, torrent, content: watched.content },
		...{ trackers: trackers(), isServing: mayServe() },
		onBadMember(peerId) {
			dropped.push(peerId);
			joining.onChange();
		},
	});
	const isComplete = isAllThere(pieces, watched);
	const received = createRateMeter();
	const ends = [
		filmSwarms.links.enter(
			{ infoHash, isComplete },
			swarm.add,
			(peerId) => !joining.isDirect(peerId),
		),
		watched.onChange((index) => swarm.contentChanged(index)),
		swarm.onMembersChange(() => {
			mix.ring();
			joining.onChange();
		}),
		filmSwarms.onMayServeChange(() => {
			swarm.setServing(mayServe());
			swarm.announceTo(trackers());
		}),
	];
	const isReady = () => swarm.progress().peers > 0;
	swarm.torrent.then(
		() => {
			const source = swarm.openFile(0);
			mix.join({
				...{ name: swarmName, isVerified: true, isExtra: true, isReady },
				has: (index) => swarm.isOffered(index),
				read: (range, signal) => source.read(range, signal),
			});
		},
		// It was left before it began.
		() => undefined,
	);
	return {
		received,
		isReady,
		shares: (nowMs) => describe(received, isReady(), dropped, nowMs),
		leave() {
			for (const end of ends.splice(0)) end();
			swarm.leave();
		},
	};
}

function torrentOf({ pieces, torrent }: JoinFilmSwarm): Torrent | undefined {
	try {
		return filmTorrentOf(pieces, torrent);
	} catch (caught) {
		// A name beyond the limits of a torrent: the film comes from its owners alone.
		if (caught instanceof GiggityflixError) return undefined;
		throw caught;
	}
}

function isAllThere({ count }: FilmPieces, { content }: WatchedPieces): boolean {
	for (let index = 0; index < count; index += 1) if (!content.has(index)) return false;
	return true;
}

function describe(
	received: RateMeter,
	isReady: boolean,
	dropped: readonly (PeerId | undefined)[],
	nowMs: number,
): SourceShare[] {
	const swarm: SourceShare = {
		from: { kind: 'swarm' },
		totalBytes: received.totalBytes,
		bytesPerSecond: received.bytesPerSecond(nowMs),
		state: isReady ? 'ready' : 'away',
	};
	const liars = dropped.map((peerId): SourceShare => ({
		from: { kind: 'member', ...(peerId && { peerId }) },
		...{ totalBytes: 0, bytesPerSecond: 0, state: 'dropped' },
	}));
	return [swarm, ...liars];
}
