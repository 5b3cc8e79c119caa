// What a shared source knows of those who send it, and how that looks to whoever watches. Reads only.
import type { CatalogId, PeerId } from '../../../proto/ids.ts';
import type { FilmTorrent, SourceShare, WatchConnection, WatchTarget } from '../../peer.ts';
import type { Clock } from '../../ports.ts';
import type { WatchedPieces } from '../../swarm/watched-pieces.ts';
import type { ByteSourceFacts } from '../byte-source.ts';
import type { ChangeSignal } from '../change-signal.ts';
import type { FilmPieces } from '../pieces/film-pieces.ts';
import type { FilmSwarm, FilmSwarms } from './film-swarm.ts';
import { ownersOf } from '../viewing/owner-search.ts';
import type { PieceMix } from '../pieces/piece-mix.ts';
import type { PieceShelves } from '../pieces/piece-shelf.ts';
import type { RateMeter } from '../rate-meter.ts';
import type { RemoteByteSource } from '../viewing/remote-byte-source.ts';
import type { Deferred } from '../settling.ts';

export interface SharedSourceOptions {
	readonly target: WatchTarget;
	readonly clock: Clock;
	/** The owners of the target, of whom one at a time is asked. */
	readonly openBelieved: () => RemoteByteSource;
	readonly openOther: (catalogId: CatalogId, peerId: PeerId) => RemoteByteSource;
	/** Where verified pieces outlive the page, if anywhere. */
	readonly shelves?: PieceShelves | undefined;
	/** Absent where there are none. */
	readonly filmSwarms?: FilmSwarms | undefined;
	readonly onClosed: () => void;
}

export interface Member {
	/** The one it is known by; the first of those asked. */
	readonly peerId: PeerId;
	readonly remote: RemoteByteSource;
	isDropped: boolean;
	/** For the film's pieces, at this moment. */
	isAsked: boolean;
}

/** What is known once somebody has sent the pieces. */
export interface Verified {
	readonly pieces: FilmPieces;
	readonly mix: PieceMix;
	readonly facts: ByteSourceFacts;
	readonly infoDictionary: Uint8Array<ArrayBuffer>;
	readonly watched: WatchedPieces;
	/** Who said what the film is; nobody when no owner did. */
	readonly describer: Member | undefined;
}

export interface Shared {
	readonly options: SharedSourceOptions;
	readonly believed: Member | undefined;
	/** By peer. */
	readonly others: Map<PeerId, Member>;
	/** Not asked yet, with the id they know the film by. */
	readonly candidates: Map<PeerId, CatalogId>;
	/** Somebody has asked for the film. */
	isOpened: boolean;
	/** Whoever can prove it may say what the film is. */
	isOwnerAway: boolean;
	readonly changes: ChangeSignal;
	readonly lifetime: AbortController;
	piecesId: string | undefined;
	durationMs: number | undefined;
	/** What came from the shelf. */
	readonly kept: RateMeter;
	/** To be joined as soon as the pieces are known. */
	torrent: FilmTorrent | undefined;
	filmSwarm: FilmSwarm | undefined;
	verified: Verified | undefined;
	/** Resolved when `verified` is there, rejected when it will not be; replaced when the film is opened afresh. */
	verifying: Deferred<Verified>;
}

export function members({ believed, others }: Shared): Member[] {
	return [...(believed ? [believed] : []), ...others.values()];
}

/** The owner the link means; the first of those who are. */
export function believedOf({ target, openBelieved }: SharedSourceOptions): Member | undefined {
	const [first] = ownersOf(target);
	if (first === undefined) return undefined;
	const remote = openBelieved();
	return { peerId: first, remote, isDropped: false, isAsked: false };
}

export function isBelieved({ believed, options }: Shared, peerId: PeerId): boolean {
	return believed?.peerId === peerId || options.target.ownerPeerIds.includes(peerId);
}

/** Also asked where it may have become so while something was waited for. */
export function isKnown({ verified }: Shared): boolean {
	return verified !== undefined;
}

/** Whether the owner who is believed said what the film is. */
export function isDescribedByOwner({ verified, believed }: Shared): boolean {
	return verified !== undefined && verified.describer === believed;
}

export function isOfUse({ remote, isDropped }: Member): boolean {
	const { kind } = remote.connection();
	return !isDropped && kind !== 'lost' && kind !== 'failed';
}

/** Now, or when it can be reached again. */
export function mayStillSend({ remote, isDropped }: Member): boolean {
	return !isDropped && remote.connection().kind !== 'failed';
}

/** As the best of them has it: one that sends is enough. */
export function describeConnection(shared: Shared): WatchConnection {
	const connections = members(shared).map(connectionOf);
	const byKind = (kind: WatchConnection['kind']) =>
		connections.find((connection) => connection.kind === kind);
	const open = byKind('open');
	if (open?.kind === 'open') return { ...open, ...sumOf(shared) };
	if (shared.verified && shared.filmSwarm?.isReady()) {
		return { kind: 'open', route: 'swarm', ...sumOf(shared) };
	}
	const best = byKind('connecting') ?? byKind('lost') ?? byKind('failed');
	return best ?? { kind: 'failed', reason: 'not-found' };
}

export function describeShares(shared: Shared): SourceShare[] {
	const owners = members(shared).map((member): SourceShare => {
		const isOpen = member.remote.connection().kind === 'open';
		return {
			from: { kind: 'owner', peerId: member.peerId },
			...member.remote.received(),
			state: member.isDropped ? 'dropped' : isOpen ? 'ready' : 'away',
		};
	});
	const { kept, options, filmSwarm } = shared;
	const nowMs = options.clock.monotonicMs();
	const senders = [...owners, ...(filmSwarm?.shares(nowMs) ?? [])];
	if (kept.totalBytes === 0) return senders;
	const bytesPerSecond = kept.bytesPerSecond(nowMs);
	const { totalBytes } = kept;
	return [...senders, { from: { kind: 'kept' }, totalBytes, bytesPerSecond, state: 'ready' }];
}

function connectionOf({ remote, isDropped }: Member): WatchConnection {
	return isDropped ? { kind: 'failed', reason: 'corrupt' } : remote.connection();
}

function sumOf(shared: Shared): { downloadBytesPerSecond: number; totalBytes: number } {
	let downloadBytesPerSecond = 0;
	let totalBytes = 0;
	for (const { remote } of members(shared)) {
		const received = remote.received();
		downloadBytesPerSecond += received.bytesPerSecond;
		totalBytes += received.totalBytes;
	}
	const { received } = shared.filmSwarm ?? {};
	if (received) {
		downloadBytesPerSecond += received.bytesPerSecond(shared.options.clock.monotonicMs());
		totalBytes += received.totalBytes;
	}
	return { downloadBytesPerSecond, totalBytes };
}
