// Everybody who has one torrent, as the page sees them: its content as byte sources, and how it goes. A port;
// web/lib/browser/webtorrent-swarms.ts speaks the protocol. Names and limits of the torrent are peer/torrent's.
import type { InfoHash } from '../torrent/info-hash.ts';
import type { Torrent } from '../torrent/parse-torrent.ts';
import type { ByteSource } from '../transfer/byte-source.ts';

export interface Swarms {
	/** Looks for others until `leave`. Joining a torrent that is joined already is a programmer's mistake. */
	join(request: SwarmRequest): Swarm;
}

export interface SwarmRequest {
	readonly infoHash: InfoHash;
	/** WebSocket addresses to announce to. */
	readonly trackers: readonly string[];
	/** When it is known; otherwise the others are asked for it. */
	readonly torrent?: Torrent;
}

export interface Swarm {
	/**
	 * Settles as soon as somebody has sent the metadata, at once when it was given. Rejects with
	 * `GiggityflixError`: `invalid-argument` or `resource-exhausted` when the torrent is beyond the limits,
	 * `cancelled` after `leave`.
	 */
	readonly torrent: Promise<Torrent>;
	/** A file of the torrent by its index. Bytes are verified, only what is read is fetched. Throws before `torrent` is there. */
	openFile(fileIndex: number): ByteSource;
	/** As it is now. */
	progress(): SwarmProgress;
	/** Ends every connection and running read. */
	leave(): void;
}

export interface SwarmProgress {
	/** Connected now. */
	readonly peers: number;
	readonly downloadBytesPerSecond: number;
	readonly uploadBytesPerSecond: number;
	/** `unreachable`: none has answered and one has failed. */
	readonly trackers: 'asking' | 'answering' | 'unreachable';
}
