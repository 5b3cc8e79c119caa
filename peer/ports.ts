// Everything the peer core needs from the place it runs in, as small interfaces. The browser's adapters
// are in web/lib/browser, Node's in peer/node; the choice is made in their composition roots. Nothing
// here knows IndexedDB, the File System Access API, WebSocket or RTCPeerConnection.
import type {
	EdgeMessage,
	EdgeWebRTCMessage,
	IceServer,
	PeerMessage,
	PeerWebRTCMessage,
} from '../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { FolderId, FolderRecord, LibraryItem, PeerRecord } from './library/library-item.ts';

/** Time. Tests use a fake one. */
export interface Clock {
	/** Milliseconds since 1970, for what is shown or stored. */
	now(): number;
	/** Milliseconds that never run backwards, for durations. */
	monotonicMs(): number;
	/** Resolves after `durationMs`, rejects with `signal.reason` when aborted. */
	sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** Fills the array with random bytes fit for keys, as `crypto.getRandomValues` does. */
export type RandomBytes = (target: Uint8Array) => void;

/** A log with levels. Core code logs what an operator can act on, never names of films. */
export interface Logger {
	info(message: string, fields?: Record<string, unknown>): void;
	warn(message: string, fields?: Record<string, unknown>): void;
}

// ---------------------------------------------------------------- files

/**
 * A file on a disk, as it was when opened. Reads throw `GiggityflixError`: `corrupt` when size or
 * modification time have changed since, `permission-denied` when the folder was taken away, `not-found`
 * when it is gone.
 */
export interface OpenFile {
	readonly sizeBytes: number;
	readonly modifiedAtMs: number;
	/** MIME type by extension, empty when unknown. */
	readonly mimeType: string;
	/**
	 * Exactly `lengthBytes` bytes; a range beyond the end is a programmer's mistake. The caller owns the buffer, which may
	 * be his `spare` filled again, where the platform can read into memory.
	 */
	read(
		offsetBytes: number,
		lengthBytes: number,
		spare?: ArrayBuffer,
	): Promise<Uint8Array<ArrayBuffer>>;
	/**
	 * The platform's own file object (a browser's `File`), for adapters of the same platform that read it
	 * better themselves. The core passes it on and never looks inside.
	 */
	readonly native?: unknown;
}

/** What a listing says of one file. Paths are relative to the folder, with "/". */
export type ListedFile =
	| {
			readonly kind: 'file';
			readonly path: string;
			readonly sizeBytes: number;
			readonly modifiedAtMs: number;
	  }
	| {
			readonly kind: 'unreadable';
			readonly path: string;
			readonly reason: 'permission-denied' | 'not-found' | 'internal';
	  };

/** Whether a folder can be read now. `lost`: this session cannot get it back; the person must pick it again. */
export type FolderAccess = 'granted' | 'needs-permission' | 'lost';

/** A folder the person has chosen. */
export interface FolderSource {
	readonly name: string;
	access(): Promise<FolderAccess>;
	/**
	 * Every file below the folder for which `isWanted(path)` holds, in any order; directories that cannot be read are
	 * reported as `unreadable`. Stops with `signal.reason`.
	 */
	list(options: {
		isWanted: (path: string) => boolean;
		signal: AbortSignal;
	}): AsyncIterable<ListedFile>;
	/** Throws `GiggityflixError` as `OpenFile` does. */
	open(path: string): Promise<OpenFile>;
	/** Deletes a file. Throws `permission-denied` where the platform gave read access only. */
	delete(path: string): Promise<void>;
}

/** Where chosen folders are kept between visits. */
export interface FolderSources {
	/** The source of a folder of the library; `undefined` when it cannot be kept on this platform and was not picked again. */
	get(folderId: FolderId): Promise<FolderSource | undefined>;
	/** Keeps a picked folder under an id, for this visit at least. */
	put(folderId: FolderId, source: FolderSource): Promise<void>;
	delete(folderId: FolderId): Promise<void>;
	/** Whether two picks are the same folder; used to not add one twice. False when the platform cannot tell. */
	isSame(one: FolderSource, other: FolderSource): Promise<boolean>;
}

// ---------------------------------------------------------------- library

/**
 * The peer's own database. Writes are atomic per call and durable when they resolve. Every method throws
 * `resource-exhausted` when the disk or quota is full and `unavailable` when the database cannot be opened.
 */
export interface LibraryStore {
	/** Identity, settings, announcement state; `undefined` on the first run. */
	loadPeer(): Promise<PeerRecord | undefined>;
	savePeer(record: PeerRecord): Promise<void>;
	loadFolders(): Promise<FolderRecord[]>;
	saveFolder(folder: FolderRecord): Promise<void>;
	/** Deletes a folder with its items, posters and info dictionaries. */
	deleteFolder(folderId: FolderId): Promise<void>;
	loadItems(): Promise<LibraryItem[]>;
	/** Writes and deletes items in one transaction. */
	changeItems(changes: {
		saved: readonly LibraryItem[];
		deletedOfferIds: readonly string[];
	}): Promise<void>;
	loadPoster(offerId: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
	savePoster(offerId: string, image: Uint8Array): Promise<void>;
	/** The bencoded info dictionary of an item's torrent; goes with the item. */
	loadInfoDictionary(offerId: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
	saveInfoDictionary(offerId: string, infoDictionary: Uint8Array): Promise<void>;
	close(): void;
}

/** Facts a probe finds in a film; absent ones were not found. `mimeType` is empty when not even the container is known. */
export interface ProbedFacts {
	readonly durationMs?: number;
	readonly widthPx?: number;
	readonly heightPx?: number;
	readonly mimeType: string;
	readonly videoCodec: string;
	readonly audioCodec: string;
}

/** Finds out what a media file is. Throws `unsupported` when it cannot tell, and what `OpenFile.read` throws. */
export interface MediaProbe {
	probe(file: OpenFile, path: string, signal: AbortSignal): Promise<ProbedFacts>;
}

/** Takes pictures out of a film. Throws `unsupported` when no decoder can, and what `OpenFile.read` throws. */
export interface FrameGrabber {
	/**
	 * For each wanted time the nearest key frame as WebP, in that order, at most `maxWidthPx` wide and `maxBytes` big
	 * (quality goes down until it fits).
	 */
	grab(
		file: OpenFile,
		path: string,
		options: { atMs: readonly number[]; maxWidthPx: number; maxBytes: number; signal: AbortSignal },
	): Promise<{ atMs: number; image: Uint8Array<ArrayBuffer> }[]>;
}

/** What one pass over a file yields. */
export interface HashedFile {
	/** SHA-256 of the whole file, 32 bytes. */
	readonly sha256: Uint8Array<ArrayBuffer>;
	/** SHA-1 of each piece, 20 bytes each, one after the other. */
	readonly pieces: Uint8Array<ArrayBuffer>;
}

/** How far a file is hashed, and all that is needed to go on from there. */
export interface HashCheckpoint {
	/** A multiple of every piece length. */
	readonly hashedBytes: number;
	/** SHA-1 of each piece so far. */
	readonly pieces: Uint8Array<ArrayBuffer>;
	/** The digest of the whole, as the hasher that made it can read it. */
	readonly sha256State: Uint8Array<ArrayBuffer>;
}

/** The version of a file a checkpoint belongs to. */
export interface StoredCheckpoint extends HashCheckpoint {
	readonly sizeBytes: number;
	readonly modifiedAtMs: number;
}

/** Keeps how far large files are hashed, one checkpoint for each; it goes with the item. */
export interface HashCheckpoints {
	loadCheckpoint(offerId: string): Promise<StoredCheckpoint | undefined>;
	saveCheckpoint(offerId: string, checkpoint: StoredCheckpoint): Promise<void>;
	deleteCheckpoint(offerId: string): Promise<void>;
}

/** Hashes files, several at once: as many as leave room to everything else. */
export interface Hasher {
	/** How many files are worth hashing at once; at least 1. */
	readonly maxFilesAtOnce: number;
	/**
	 * Reads the file once, with bounded memory. `onProgress` hears how many bytes are done, in steps of some
	 * megabytes, now and then with a checkpoint where the digest of the platform can be kept. Throws what
	 * `OpenFile.read` throws, `corrupt` for a checkpoint it cannot read, and `signal.reason`.
	 */
	hash(
		file: OpenFile,
		options: {
			/** A power of two from 256 KiB to 16 MiB. */
			pieceLengthBytes: number;
			/** Of this very version of the file. */
			resumeFrom?: HashCheckpoint | undefined;
			onProgress: (hashedBytes: number, checkpoint?: HashCheckpoint) => void;
			signal: AbortSignal;
		},
	): Promise<HashedFile>;
	/** Somebody waits for a picture: what is being hashed rests before its next slice, as `hashing/rest.ts` says. */
	rest(): void;
}

// ---------------------------------------------------------------- edge

/** One open stream to an edge. */
export interface EdgeConnection {
	send(message: PeerMessage): void;
	/** The unary call beside the stream. `sessionToken` is ignored by transports that carry both on one socket. */
	sendWebRtc(message: PeerWebRTCMessage, sessionToken: string): Promise<EdgeWebRTCMessage>;
	/** Bytes sent and not yet on the wire; announcing waits while it is high. */
	bufferedBytes(): number;
	close(): void;
}

/** Opens streams to the edge. */
export interface EdgeTransport {
	/**
	 * Connects; `onMessage` and `onClose` are never called before this resolves. Throws `unavailable` when the
	 * edge cannot be reached. After `onClose`, called once, the connection is dead; `error` says why when it is known.
	 */
	connect(options: {
		peerId: string;
		onMessage: (message: EdgeMessage) => void;
		onClose: (error: Error) => void;
		signal: AbortSignal;
	}): Promise<EdgeConnection>;
}

// ---------------------------------------------------------------- links between peers

/**
 * One WebRTC connection with its negotiated data channel ("giggityflix", id 0, ordered, reliable). Made
 * before it is open; the same object on both sides.
 */
export interface PeerLink {
	/** Makes the offer (or, after `accept`, the answer) and starts gathering. Returns the SDP. */
	describe(): Promise<string>;
	/** Takes the other side's SDP. Throws when it is none, or no link can come of it. */
	accept(sdp: string, kind: 'offer' | 'answer'): Promise<void>;
	/** Takes a candidate of the other side, after `accept`; empty at the end. May throw when it is none. */
	addCandidate(candidate: { candidate: string; sdpMid: string }): Promise<void>;
	/** Sends one message of at most `maxTransferFrameBytes`. It is copied: the buffer may be written over at once. */
	send(bytes: Uint8Array<ArrayBuffer>): void;
	/** Bytes accepted by `send` and not yet sent. */
	bufferedBytes(): number;
	/** Which way the bytes go, once open; by the selected candidate pair. */
	route(): Promise<'direct' | 'relayed' | 'unknown'>;
	/** Closes at once; `onClose` is not called for one's own close. */
	close(): void;
}

export interface PeerLinkEvents {
	onCandidate(candidate: { candidate: string; sdpMid: string }): void;
	onOpen(): void;
	onMessage(bytes: Uint8Array<ArrayBuffer>): void;
	/** The buffer has fallen below `bufferLowBytes`. */
	onBufferLow(): void;
	/** The link is dead: never came up, was lost, or closed by the other side. Called once. */
	onClose(error: Error): void;
}

/** Makes links; the only thing that knows RTCPeerConnection. */
export interface PeerLinks {
	create(options: {
		iceServers: readonly IceServer[];
		bufferLowBytes: number;
		events: PeerLinkEvents;
	}): PeerLink;
}

/**
 * Raw DEFLATE (RFC 1951) as streams: what goes in comes out changed while more goes in. Both throw what `chunks` throws,
 * and end `chunks` when they are left.
 */
export interface Compression {
	deflate(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncIterable<Uint8Array<ArrayBuffer>>;
	/** Throws `corrupt` for anything but one whole stream. Holds some 16 MiB at most, whatever goes in. */
	inflate(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

// ---------------------------------------------------------------- tabs

/** A lock that one tab of a browser holds at a time (Web Locks); a headless peer holds it always. */
export interface LeaderLock {
	/** Resolves when this tab leads; released when `signal` aborts or the tab goes away. */
	acquire(signal: AbortSignal): Promise<void>;
}

/** Messages between the tabs of one browser (BroadcastChannel). Values are structured-cloned; a tab does not hear itself. */
export interface TabChannel {
	post(message: unknown): void;
	listen(onMessage: (message: unknown) => void): () => void;
	close(): void;
}
