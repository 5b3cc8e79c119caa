// A film that is watched, in its swarm: one more source of the mix, and its verified pieces for the others in return.
// A film nobody has described yet is described by the swarm: its members send the info dictionary. Rule: owners who are
// asked directly are not linked to a second time, and without leave to serve nobody gets a byte or hears of us but those
// our own edge introduces. Does not know when to join, nor what makes a description count.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { PeerId } from '../../../proto/ids.ts';
import type { FilmTorrent, SourceShare } from '../../peer.ts';
import type { Clock } from '../../ports.ts';
import { filmTorrentOf } from '../../swarm/film-torrent.ts';
import { contentOnceKnown, exchangePieces, type MixedPieces } from '../../swarm/exchange-pieces.ts';
import type { Swarms } from '../../swarm/swarm.ts';
import type { SwarmLinks } from '../../swarm/swarm-links.ts';
import type { Torrent } from '../../torrent/parse-torrent.ts';
import type { FilmPieces } from '../pieces/film-pieces.ts';
import { createRateMeter, type RateMeter } from '../rate-meter.ts';

/** What watching in a swarm needs of the place. */
export interface FilmSwarms {
	/** Not those the library is seeded with: a torrent can be joined in each. */
	readonly swarms: Swarms;
	/** The trackers strangers are met on, our edge's first. */
	readonly announceUrls: () => readonly string[];
	readonly links: Pick<SwarmLinks, 'enter' | 'memberships'>;
	/** Whether what was watched may be sent to others now. */
	readonly mayServe: () => boolean;
	/** Returns the unsubscribe. */
	readonly onMayServeChange: (listener: () => void) => () => void;
}

export interface FilmSwarm {
	/** Counted when a piece has come. */
	readonly received: RateMeter;
	/** Settles as `Swarm.torrent`: at once when the film was known. */
	readonly torrent: Promise<Torrent>;
	/**
	 * The film has become known: its pieces come and go from now on. Does nothing the second time. False when the torrent is
	 * of another content.
	 */
	begin(film: KnownFilm): boolean;
	/** Whether somebody is there who could send. */
	isReady(): boolean;
	shares(nowMs: number): readonly SourceShare[];
	/** The page is closed, or the film is opened afresh. */
	leave(): void;
}

/** A film whose pieces can be checked. */
export interface KnownFilm extends MixedPieces {
	readonly pieces: FilmPieces;
}

export interface JoinFilmSwarm {
	readonly filmSwarms: FilmSwarms;
	readonly torrent: FilmTorrent;
	/** Absent: the members are asked what it is. */
	readonly film?: KnownFilm | undefined;
	readonly clock: Clock;
	/** Asked directly already. */
	readonly isDirect: (peerId: PeerId) => boolean;
	/** Somebody came, went or was dropped. */
	readonly onChange: () => void;
}

/** Liars that are shown; a crowd of them fills no page. */
const maxDropped = 32;

/** `undefined` when the torrent is of another content, or this tab is in its swarm already. */
export function joinFilmSwarm(joining: JoinFilmSwarm): FilmSwarm | undefined {
	const { filmSwarms } = joining;
	const { infoHash } = joining.torrent;
	const isEntered = filmSwarms.links.memberships().some((known) => known.infoHash === infoHash);
	const torrent = joining.film && torrentOf(joining.film.pieces, joining.torrent);
	if (isEntered || (joining.film && !torrent)) return undefined;
	let film = joining.film;
	const dropped: (PeerId | undefined)[] = [];
	const { mayServe } = filmSwarms;
	const trackers = () => (mayServe() ? filmSwarms.announceUrls() : []);
	const swarm = filmSwarms.swarms.join({
		...{ infoHash, ...(torrent && { torrent }), content: contentOnceKnown(() => film) },
		...{ trackers: trackers(), isServing: mayServe() },
		onBadMember(peerId) {
			if (dropped.length < maxDropped) dropped.push(peerId);
			joining.onChange();
		},
	});
	const received = createRateMeter();
	const isReady = () => swarm.progress().peers > 0;
	const exchange = (known: KnownFilm) => exchangePieces(swarm, known, () => swarm.openFile(0));
	const ends = [
		filmSwarms.links.enter(
			{ infoHash, isComplete: film !== undefined && isAllThere(film) },
			swarm.add,
			(peerId) => !joining.isDirect(peerId),
		),
		swarm.onMembersChange(() => {
			film?.mix.ring();
			joining.onChange();
		}),
		filmSwarms.onMayServeChange(() => {
			swarm.setServing(mayServe());
			swarm.announceTo(trackers());
		}),
	];
	if (film) ends.push(exchange(film));
	return {
		received,
		torrent: swarm.torrent,
		begin(known) {
			if (film) return true;
			const described = torrentOf(known.pieces, joining.torrent);
			if (!described) return false;
			film = known;
			swarm.know(described);
			ends.push(exchange(known));
			return true;
		},
		isReady,
		shares: (nowMs) => describe(received, isReady(), dropped, nowMs),
		leave() {
			for (const end of ends.splice(0)) end();
			swarm.leave();
		},
	};
}

function torrentOf(pieces: FilmPieces, torrent: FilmTorrent): Torrent | undefined {
	try {
		return filmTorrentOf(pieces, torrent);
	} catch (caught) {
		// A name beyond the limits of a torrent: the film comes from its owners alone.
		if (caught instanceof GiggityflixError) return undefined;
		throw caught;
	}
}

function isAllThere({ pieces, watched }: KnownFilm): boolean {
	return indexesOf(pieces).every((index) => watched.content.has(index));
}

const indexesOf = ({ count }: FilmPieces) => Array.from({ length: count }, (_, index) => index);

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
