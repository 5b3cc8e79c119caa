// What the peer remembers: the records of its database. Plain data that survives structured cloning, so
// that IndexedDB, SQLite and messages between tabs carry them as they are. Knows no rule.
import type { CatalogId, MediaId, OfferId, PeerId } from '../../proto/ids.ts';
import type { ErrorCode } from '../../proto/errors.ts';
import type { ProbedFacts } from '../ports.ts';

declare const brand: unique symbol;
/** A folder of the library; random, made once. */
export type FolderId = string & { readonly [brand]: 'FolderId' };

/** Who may find the films of a folder or item. `private`: never announced. */
export type Sharing = 'public' | 'link-only' | 'private';

export interface FolderRecord {
	readonly folderId: FolderId;
	readonly name: string;
	readonly sharing: Sharing;
	readonly addedAtMs: number;
	/** End of the last complete scan; absent before the first. */
	readonly scannedAtMs?: number;
}

/** One file the scan found, with all that has been learnt of it since. */
export interface LibraryItem {
	readonly offerId: OfferId;
	readonly folderId: FolderId;
	/** Relative to the folder, with "/". Never leaves this peer. */
	readonly path: string;
	readonly sizeBytes: number;
	readonly modifiedAtMs: number;
	readonly addedAtMs: number;
	readonly title: string;
	readonly year?: number;
	readonly season?: number;
	readonly episode?: number;
	/** Overrides the folder's. */
	readonly sharing?: Sharing;
	/** The edge's answer to the announcement; absent before the first. */
	readonly catalogId?: CatalogId;
	/** Ids it had before; links made with them still work. */
	readonly aliasCatalogIds?: readonly CatalogId[];
	readonly presence: Presence;
	readonly probe: ProbeState;
	readonly poster: PosterState;
	/** SHA-256 of the content, once this version of the file was hashed. */
	readonly mediaId?: MediaId;
	/** The torrent of the same pass; its info dictionary is a record of its own in the store. */
	readonly torrent?: TorrentSummary;
	/** Paths of subtitles beside the film. */
	readonly sideCarPaths: readonly string[];
	/** The poster the edge has confirmed to hold. */
	readonly storedPosterId?: string;
	/** Set when the person took it out; hidden and never announced until the file changes. */
	readonly removedAtMs?: number;
}

/** What is known of an item's torrent without reading its pieces. */
export interface TorrentSummary {
	/** SHA-1 of the info dictionary, 40 hexadecimal digits. */
	readonly infoHash: string;
	readonly pieceLengthBytes: number;
	/** Names the pieces whatever the file is called, 64 hexadecimal digits; see `piecesIdOf`. */
	readonly piecesId: string;
	readonly infoDictionaryBytes: number;
}

/** Whether the last scan found the file. */
export type Presence =
	| { readonly kind: 'present' }
	| { readonly kind: 'missing'; readonly sinceMs: number }
	| { readonly kind: 'unreadable'; readonly reason: ErrorCode };

export type ProbeState =
	| { readonly kind: 'waiting' }
	| { readonly kind: 'done'; readonly facts: ProbedFacts }
	| { readonly kind: 'failed'; readonly reason: ErrorCode };

export type PosterState =
	| { readonly kind: 'waiting' }
	/** `posterId`: SHA-256 of the image in hexadecimal. */
	| { readonly kind: 'done'; readonly posterId: string }
	| { readonly kind: 'failed'; readonly reason: ErrorCode };

/** The one record about the peer itself. */
export interface PeerRecord {
	/** BIP-39 phrase the identity comes from. */
	readonly phrase: string;
	/** Set when PEER_ID chose it; otherwise derived from the key. */
	readonly chosenPeerId?: PeerId;
	readonly settings: PeerSettings;
	/** Number of the last announcement that was said, answered or not; absent before the first. */
	readonly saidSequence?: number;
	/** Number of the last announcement the edge has answered. */
	readonly announcedSequence: number;
	/** The edge that answered it. Another edge numbers on its own and gets a snapshot. */
	readonly announcedEdgeId?: string;
	/** What was announced, as `digestOfOffers` sums it up: equal means nothing has changed since. */
	readonly announcedDigest?: string;
}

export interface PeerSettings {
	readonly displayName: string;
	/** Lower-case, with the dot. */
	readonly includeExtensions: readonly string[];
	/** 0 turns the timer off. */
	readonly scanIntervalMinutes: number;
	/** Upload cap over all links and swarms in kilobits a second; 0 means none. */
	readonly maxUploadKbps: number;
	/** Whether what was watched of others' films is sent to others who watch it. */
	readonly servesWatched: boolean;
	/** Whether delete commands of the operator are obeyed. */
	readonly allowDelete: boolean;
	/** Whether hashing in the background waits until the person lets it go on. */
	readonly isHashingPaused: boolean;
}
