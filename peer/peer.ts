// The peer as everybody outside the core sees it: a snapshot of its state and a few verbs. The same
// interface is served by the tab that leads and by the tabs that follow it. All values survive
// structured cloning. Knows nothing of Svelte, browsers or Node.
import type { CatalogId, OfferId, PeerId } from '../proto/ids.ts';
import type { ErrorCode } from '../proto/errors.ts';
import type { IceServer } from '../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type {
	FolderId,
	FolderRecord,
	LibraryItem,
	PeerSettings,
	Sharing,
} from './library/library-item.ts';
import type { FolderAccess, FolderSource } from './ports.ts';
import type { SwarmLink } from './swarm/swarm.ts';
import type { SwarmMembership } from './swarm/swarm-links.ts';
import type { InfoHash } from './torrent/info-hash.ts';
import type { ByteSource } from './transfer/byte-source.ts';

export interface Peer {
	/** Loads what is stored, then works in the background until `stop`. */
	start(): Promise<void>;
	stop(): Promise<void>;

	/** The state now. The same object until something changes. */
	snapshot(): PeerSnapshot;
	/** Calls back after every change, at most every 100 ms. Returns the unsubscribe. */
	subscribe(onChange: () => void): () => void;
	/** Every library item; changes when `snapshot().libraryVersion` does. */
	items(): readonly LibraryItem[];
	/** Poster of an item as WebP. */
	poster(offerId: OfferId): Promise<Uint8Array<ArrayBuffer> | undefined>;
	/** The bencoded info dictionary of an item's torrent, once it is hashed. */
	infoDictionary(offerId: OfferId): Promise<Uint8Array<ArrayBuffer> | undefined>;

	/** Adds a folder and scans it; a folder that is there already is scanned again. */
	addFolder(source: FolderSource, sharing?: Sharing): Promise<FolderId>;
	/** Gives a known folder its source again: permission was granted, or it was picked again. */
	reconnectFolder(folderId: FolderId, source?: FolderSource): Promise<void>;
	removeFolder(folderId: FolderId): Promise<void>;
	setFolderSharing(folderId: FolderId, sharing: Sharing): Promise<void>;
	/** Looks for changes now. Without an id: in all folders. */
	rescan(folderId?: FolderId): Promise<void>;
	cancelScan(folderId: FolderId): void;
	/** `undefined` returns to the folder's. */
	setItemSharing(offerId: OfferId, sharing: Sharing | undefined): Promise<void>;
	/** Takes an item out of the library; the file stays. It comes back when the file changes. */
	removeItem(offerId: OfferId): Promise<void>;
	/** Items somebody is looking at, which are hashed before others. Replaces what was said before. */
	preferHashing(offerIds: readonly OfferId[]): Promise<void>;

	updateSettings(changes: Partial<PeerSettings>): Promise<void>;
	/** The BIP-39 phrase, for the person to write down. */
	revealPhrase(): Promise<string>;
	/** Becomes the peer of another phrase. Throws `invalid-argument` when it is none. The library stays; its catalog ids change. */
	restorePhrase(phrase: string): Promise<void>;

	/** The bytes of an entry: from this disk when it is ours, else from its owners. The caller closes it. */
	openSource(target: WatchTarget): WatchSource;
	/**
	 * Has the edge introduce this tab to the others who have or fetch a torrent of a public entry, its owners among
	 * them, and gives a link to each to `onLink`. Returns the leave; links stay. One tab enters a swarm once at a time.
	 */
	enterSwarm(membership: SwarmMembership, onLink: (link: SwarmLink) => void): () => void;
	/** What this tab is looking at, so that the edge tells it of changes. */
	setInterest(interest: { wholeCatalog: boolean; catalogIds: readonly CatalogId[] }): void;
	/** Calls back when entries of interest change (empty: ask for everything again) or a subscription matched. */
	onCatalogEvent(listener: (event: CatalogEvent) => void): () => void;
	/** Identity of the current session, for subscribe calls; `undefined` while offline. */
	sessionCredentials(): { peerId: PeerId; sessionToken: string } | undefined;
	/** STUN and TURN servers the edge offers; empty before it was first reached. */
	iceServers(): readonly IceServer[];
	/** WebTorrent trackers the edge names besides its own; empty before it was first reached. */
	announceTrackers(): readonly string[];
}

export type CatalogEvent =
	| {
			readonly kind: 'changed';
			readonly changes: readonly {
				catalogId: CatalogId;
				availablePeers: number;
				removed: boolean;
			}[];
			readonly truncated: boolean;
	  }
	| {
			readonly kind: 'subscription-matched';
			readonly subscriptionId: string;
			readonly catalogId: CatalogId;
			readonly title: string;
	  };

export interface PeerSnapshot {
	readonly identity:
		| { readonly peerId: PeerId; /** base64url, for links. */ readonly publicKey: string }
		| undefined;
	readonly role: 'starting' | 'leading' | 'following';
	readonly edge: EdgeState;
	readonly settings: PeerSettings;
	readonly folders: readonly FolderState[];
	readonly libraryVersion: number;
	/** Films still to be probed and pictured; zeros when there is nothing to do. */
	readonly probing: { readonly done: number; readonly total: number };
	readonly hashing: HashingState;
	readonly serving: ServingState;
	/** What went wrong in the background and has not been put right. */
	readonly trouble: readonly {
		readonly what: 'library-store' | 'folder-sources';
		readonly code: ErrorCode;
	}[];
}

export type EdgeState =
	| { readonly kind: 'connecting'; readonly attempt: number }
	| { readonly kind: 'online'; readonly edgeId: string }
	/** Trying again at `retryAtMs` (clock time); `refused` is the edge's reason when it refused. */
	| { readonly kind: 'offline'; readonly retryAtMs: number; readonly refused?: ErrorCode };

export interface FolderState extends FolderRecord {
	readonly access: FolderAccess;
	readonly scan: ScanState;
	readonly itemCount: number;
	readonly sizeBytes: number;
}

export type ScanState =
	| { readonly kind: 'idle' }
	| { readonly kind: 'scanning'; readonly foundCount: number; readonly startedAtMs: number }
	| { readonly kind: 'failed'; readonly reason: ErrorCode };

/** How far hashing in the background has come. */
export interface HashingState {
	/** `idle`: everything that is shared is hashed. */
	readonly kind: 'idle' | 'working' | 'paused';
	readonly hashedCount: number;
	/** All films that are shared and can be read. */
	readonly totalCount: number;
	readonly bytesPerSecond: number;
	/** Absent while it cannot be told. */
	readonly msLeft?: number;
	/** Files being hashed now, by offer id: how much of each is done, 0 to 1. */
	readonly shareByOffer: Readonly<Record<string, number>>;
}

export interface ServingState {
	readonly viewers: number;
	readonly uploadBytesPerSecond: number;
	readonly totalUploadedBytes: number;
	/** Viewers by catalog id. */
	readonly viewersByEntry: Readonly<Record<string, number>>;
}

export interface WatchTarget {
	readonly catalogId: CatalogId;
	/** From the link; when given, an owner with another key is refused. */
	readonly ownerPublicKey?: Uint8Array;
	/** Peers to ask, best first. Empty: the owner of the key, or nobody who is believed without proof. */
	readonly ownerPeerIds: readonly PeerId[];
	readonly others?: OtherOwners;
}

/** Peers that say they have the same film. Nothing of theirs is played before it is verified. */
export interface OtherOwners {
	/** The id all of them know the film by. */
	readonly catalogId: CatalogId;
	readonly peerIds: readonly PeerId[];
	/** What the catalog says the film's pieces are, 64 hexadecimal digits. */
	readonly piecesId: string;
	/** For reading ahead as much as is played in some seconds. */
	readonly durationMs?: number;
}

/** A byte source that also tells how it is doing. */
export interface WatchSource extends ByteSource {
	connection(): WatchConnection;
	subscribe(onChange: () => void): () => void;
	/** Tries the owners again now, for a "try again" button. */
	retry(): void;
	/** The player shows the film. What its first picture did not need waits for this, though not for long. */
	pictureShown(): void;
	/** More peers have the film than was known when it was opened. */
	learn(others: OtherOwners): void;
	/**
	 * From now on the film also comes from whoever else watches it or has it, and goes to them, until it is closed. To be
	 * called when it plays: joining costs what the first picture needs. Does nothing the second time, or without swarms.
	 */
	joinSwarm(torrent: FilmTorrent): void;
	/**
	 * Nobody who is believed can be reached: the film starts with whatever an earlier visit has left, other owners have, or
	 * its swarm, verified by the pieces id of `OtherOwners`; without one it does nothing. An owner who comes back joins in.
	 */
	startWithoutOwner(torrent: FilmTorrent): void;
	/** Where the bytes come from; empty for a film of one's own. */
	shares(): readonly SourceShare[];
}

/** A torrent of a film as the catalog has it: with the pieces, all that is needed to make it. */
export interface FilmTorrent {
	readonly infoHash: InfoHash;
	/** Only text. */
	readonly name: string;
}

export interface SourceShare {
	readonly from:
		| { readonly kind: 'owner'; readonly peerId: PeerId }
		/** What this browser has kept from an earlier visit. */
		| { readonly kind: 'kept' }
		/** Everybody in the swarm who is no owner asked directly. */
		| { readonly kind: 'swarm' }
		/** One of those, once it is dropped; named when our own edge has introduced it. */
		| { readonly kind: 'member'; readonly peerId?: PeerId }
		/** A web server; `reason`: why it is asked no more. */
		| { readonly kind: 'http-seed'; readonly host: string; readonly reason?: ErrorCode };
	readonly totalBytes: number;
	readonly bytesPerSecond: number;
	/** `dropped`: sent what is not the film, or is of no use for another reason, and is not asked again. */
	readonly state: 'ready' | 'away' | 'dropped';
}

export type WatchConnection =
	/** From this disk. */
	| { readonly kind: 'local' }
	| { readonly kind: 'connecting'; readonly sinceMs: number }
	| {
			readonly kind: 'open';
			/** `swarm`: no owner is asked directly. */
			readonly route: 'direct' | 'relayed' | 'unknown' | 'swarm';
			readonly downloadBytesPerSecond: number;
			readonly totalBytes: number;
	  }
	/** Lost; trying again. `reason` says why: `unavailable` owner away, `timed-out` no route, `unauthenticated` wrong key. */
	| { readonly kind: 'lost'; readonly reason: ErrorCode; readonly retryAtMs: number }
	/** Will not come back by itself: `corrupt` file changed, `permission-denied` folder taken away, `not-found` gone. */
	| { readonly kind: 'failed'; readonly reason: ErrorCode };
