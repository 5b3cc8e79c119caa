// Everybody who has one torrent, as this peer sees them: its content as byte sources, and how it goes. A port;
// peer/webtorrent speaks the protocol. Names and limits of the torrent are peer/torrent's.
import type { GiggityflixError } from '../../proto/errors.ts';
import type { PeerId } from '../../proto/ids.ts';
import type { SourceShare } from '../peer.ts';
import type { InfoHash } from '../torrent/info-hash.ts';
import type { Torrent } from '../torrent/parse-torrent.ts';
import type { ByteSource } from '../transfer/byte-source.ts';

export interface Swarms {
	/** Looks for others until `leave`. Joining a torrent that is joined already is a programmer's mistake. */
	join(request: SwarmRequest): Swarm;
}

export interface SwarmRequest {
	readonly infoHash: InfoHash;
	/** WebSocket addresses to announce to. None: only those handed over by `Swarm.add` are spoken to. */
	readonly trackers: readonly string[];
	/** Web servers that have its files, to be asked as well; a person has seen their hosts. */
	readonly httpSeeds?: readonly string[];
	/** When it is known; otherwise the others are asked for it. */
	readonly torrent?: Torrent;
	/** What is there already and is served to the others. A complete one needs `torrent`. */
	readonly content?: SwarmContent;
	/** Whether others are served, until `setServing` says otherwise. Absent: they are. */
	readonly isServing?: boolean;
	/** A member sent bad pieces and is connected to no more; who it was, when our own edge has introduced it. */
	readonly onBadMember?: (peerId: PeerId | undefined) => void;
}

/**
 * Pieces that need not be fetched: a file of the library, or a store of pieces that were verified. What it says
 * it has is believed, so a file must have been checked to be the version that was hashed.
 */
export interface SwarmContent {
	/** Every piece is there, for as long as the swarm is joined; `has` and `put` are not asked then. */
	readonly isComplete: boolean;
	/** Whether a piece is there now. One that was there at the join may be gone later; then it is fetched again. */
	has(piece: number): boolean;
	/**
	 * A part of a piece that is there. Throws `GiggityflixError`; a complete content that throws ends the swarm with
	 * that error (`corrupt`: the file has changed). The caller owns the buffer.
	 */
	read(piece: number, offsetBytes: number, lengthBytes: number): Promise<Uint8Array<ArrayBuffer>>;
	/** Takes a piece that was fetched and verified. The bytes are shared: they must be copied, or written, unchanged. */
	put?(piece: number, bytes: Uint8Array): Promise<void>;
}

export interface Swarm {
	/**
	 * Settles as soon as somebody has sent the metadata, at once when it was given. Rejects with
	 * `GiggityflixError`: `invalid-argument` or `resource-exhausted` when the torrent is beyond the limits,
	 * `cancelled` after `leave`.
	 */
	readonly torrent: Promise<Torrent>;
	/** Resolves when it has ended, with why: `cancelled` after `leave`. Never rejects. */
	readonly ended: Promise<GiggityflixError>;
	/** The torrent has become known by another way; nobody is asked for it any more. Does nothing once it is known. */
	know(torrent: Torrent): void;
	/**
	 * A file of the torrent by its index, or all of them, one after another. Bytes are verified, only what is read is
	 * fetched. Throws before `torrent` is there.
	 */
	openFile(fileIndex: number | 'all'): ByteSource;
	/** Takes an open link to somebody else in the swarm, who was introduced by our own edge; closes it when it has ended. */
	add(link: SwarmLink): void;
	/** Announces to these trackers from now on, and to no others; to none when it is empty. Links stay. */
	announceTo(trackers: readonly string[]): void;
	setServing(isServing: boolean): void;
	/** The content has a piece that came by another way, or has lost one. */
	contentChanged(piece: number): void;
	/** Whether a member has a piece, as far as they have said. */
	isOffered(piece: number): boolean;
	/** How many members are to bring a piece in, which nobody has, before we are; all of them work it out alike. */
	turnAt(piece: number): number;
	/** Calls back when members come and go, or have more. Returns the unsubscribe. */
	onMembersChange(listener: () => void): () => void;
	/** As it is now. */
	progress(): SwarmProgress;
	/** Ends every connection and running read. */
	leave(): void;
}

/** An open connection to one other member. Messages arrive whole and in order. */
export interface SwarmLink {
	/** Names this connection among all of this peer. */
	readonly linkId: string;
	/** Who it is; proved by their signature. */
	readonly remotePeerId: PeerId;
	/** Sends one message of at most `maxTransferFrameBytes`. It is copied: the buffer may be written over at once. */
	send(bytes: Uint8Array<ArrayBuffer>): void;
	/** Bytes accepted by `send` and not yet sent. */
	bufferedBytes(): number;
	/** Called once; what came before is told at once, in order. `onClose` also follows a `close` of one's own. */
	listen(events: SwarmLinkEvents): void;
	/** Does nothing the second time. */
	close(): void;
}

export interface SwarmLinkEvents {
	onMessage(bytes: Uint8Array<ArrayBuffer>): void;
	/** What is buffered has fallen below half a mebibyte. */
	onBufferLow(): void;
	/** Called once. */
	onClose(): void;
}

export interface SwarmProgress {
	/** Connected now. */
	readonly peers: number;
	readonly downloadBytesPerSecond: number;
	readonly uploadBytesPerSecond: number;
	/** `unreachable`: none has answered and one has failed. */
	readonly trackers: 'asking' | 'answering' | 'unreachable';
	/** Who sends how much, where HTTP seeds are asked as well. */
	readonly sources?: readonly SourceShare[];
}
