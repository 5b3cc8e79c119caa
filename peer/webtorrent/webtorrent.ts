// The part of webtorrent that swarms use, in a page and in Node; the package carries no types. Names that begin with
// "_" are not its public interface: the version is pinned, and the browser tests fail where it has changed.
type Callback = (error: Error | null, bytes?: Uint8Array) => void;

/** Where pieces are kept (https://github.com/mafintosh/abstract-chunk-store). */
export interface ChunkStore {
	readonly chunkLength: number;
	put(index: number, bytes: Uint8Array, done: (error: Error | null) => void): void;
	get(
		index: number,
		range: { offset?: number; length?: number } | null | Callback,
		done?: Callback,
	): void;
	close(done: (error: Error | null) => void): void;
	destroy(done: (error: Error | null) => void): void;
}

/** Fetches metadata from one peer (BEP 9). */
export interface MetadataExchange {
	onExtendedHandshake(handshake: { metadata_size?: unknown }): void;
	onMessage(bytes: Uint8Array): void;
	/** Resolves with whether the metadata is the torrent's. */
	setMetadata(bytes: Uint8Array): Promise<boolean>;
	/** It is known now, from whomever. */
	on(event: 'metadata', listener: () => void): void;
}

export interface Wire {
	readonly ut_metadata: MetadataExchange;
	/** Takes back what was said to be there. */
	readonly lt_donthave: { donthave(piece: number): void };
	/** The name the other end gives itself; anybody's choice. */
	readonly peerId: string;
	readonly peerPieces: { get(piece: number): boolean };
	readonly peerInterested: boolean;
	choke(): void;
	unchoke(): void;
	have(piece: number): void;
	on(event: 'bitfield' | 'have' | 'have-all' | 'close', listener: () => void): void;
	/** A block of a piece has come. */
	on(event: 'piece', listener: (piece: number) => void): void;
	destroy(): void;
	readonly _extendedHandshakeSent: boolean;
	/** With the size of the metadata once it is known (BEP 10; it may be sent again). */
	_sendExtendedHandshake(): void;
}

/** What webtorrent makes of a .torrent. */
export interface ParsedTorrent {
	readonly infoHash: string;
	readonly announce: readonly string[];
	readonly urlList: readonly string[];
	readonly name: string;
	readonly info: object;
	readonly files: readonly { name: string; path: string; length: number; offset: number }[];
	readonly length: number;
	readonly pieceLength: number;
	readonly lastPieceLength: number;
	/** SHA-1 of each, in hexadecimal. */
	readonly pieces: readonly string[];
}

/** A streamx stream of bytes. */
export interface ByteDuplex {
	push(bytes: Uint8Array): boolean;
	on(event: 'close', listener: () => void): void;
	destroy(): void;
}

export interface ByteDuplexOptions {
	readonly highWaterMark: number;
	/** Gets all that waits, at least one. */
	writev(batch: readonly Uint8Array[], done: (error: Error | null) => void): void;
	destroy(done: (error: Error | null) => void): void;
}

/** A connection, open or not. */
export interface MetPeer {
	readonly id: string;
	readonly connected: boolean;
	once(event: 'connect' | 'error' | 'close', listener: () => void): void;
}

/** Announces one torrent. */
export interface Discovery {
	tracker: { stop(): void; destroy(): void; complete(): void; update(): void } | null;
	_announce: readonly string[];
	_createTracker(): NonNullable<Discovery['tracker']>;
}

export interface Torrent {
	readonly numPeers: number;
	readonly downloadSpeed: number;
	readonly uploadSpeed: number;
	readonly destroyed: boolean;
	/** The .torrent, for peers that ask. */
	metadata: Uint8Array | null;
	on(event: 'trackerAnnounce' | 'infoHash' | 'metadata', listener: () => void): void;
	on(event: 'warning' | 'error', listener: (error: Error) => void): void;
	on(event: 'wire', listener: (wire: Wire) => void): void;
	/** Somebody was met; already connected are those that were added. */
	on(event: 'peer', listener: (peer: MetPeer) => void): void;
	/** A piece is there and correct. */
	on(event: 'verified', listener: (piece: number) => void): void;
	select(from: number, to: number, priority: number): void;
	deselect(from: number, to: number): void;
	critical(from: number, to: number): void;
	removePeer(id: string): void;
	destroy(): void;
	/** Connected or about to be. */
	readonly _peersLength: number;
	/** Known from the event of that name on. */
	readonly infoHash: string | undefined;
	/** Adds a connection that is open; false when it was not wanted. */
	addPeer(connection: { readonly id: string; readonly connected: true }): boolean;
	/** Who announces; there soon after the info hash is known. */
	readonly discovery: Discovery | null;
	readonly done: boolean;
	_startupBitfield: Uint8Array;
	/** Read once the metadata is known. */
	_preloadedStore: ChunkStore | null;
	_onMetadata(parsed: ParsedTorrent): Promise<void>;
	/** Has the next one called when the page is idle; in Node at once. */
	_update(): void;
	/** Asks members for what is still wanted. */
	_updateWireWrapper(): void;
	_markUnverified(index: number): void;
	_markVerified(index: number): void;
	/** There once the metadata is known. */
	readonly bitfield: { get(index: number): boolean } | undefined;
	/** By the id of the connection they were added with. */
	readonly _peers: ReadonlyMap<string, { readonly wire: Wire | null }> | null;
}

/** A client with no way to others but those it is given: no DHT, no TCP, no web seeds. */
export interface ClientOptions {
	readonly dht: false;
	readonly lsd: false;
	readonly utPex: false;
	readonly natUpnp: false;
	readonly natPmp: false;
	readonly utp: false;
	readonly webSeeds: false;
	/** How it names itself, 20 bytes; absent: as every WebTorrent does. */
	readonly peerId?: Uint8Array;
	readonly tracker: { readonly rtcConfig: { readonly iceServers: readonly RtcServer[] } };
}

/** A STUN or TURN server as RTCPeerConnection takes it. */
export interface RtcServer {
	readonly urls: string[];
	readonly username?: string;
	readonly credential?: string;
}

export interface WebTorrent {
	/** How it names itself to others, in hexadecimal. */
	readonly peerId: string;
	on(event: 'error', listener: (error: Error) => void): void;
	add(
		torrent: { infoHash: string; announce: readonly string[] },
		options: {
			storeCacheSlots: 0;
			deselect: true;
			/** Every piece is there and correct. */
			skipVerify: boolean;
		},
	): Torrent;
	readonly throttleGroups: { readonly up: { throttle(): ByteDuplex } };
}
