// Moving bytes between peers: answering viewers who want our files, and reading files of others. One
// instance per tab; in a tab that follows, signalling travels through the tab that leads.
import type {
	IceServer,
	PeerWebRTCMessage,
	WebRtcSignal,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Signer } from '../../proto/identity.ts';
import type { CatalogId, PeerId } from '../../proto/ids.ts';
import type { ServingState, WatchSource, WatchTarget } from '../peer.ts';
import type { SwarmLinks } from '../swarm/swarm-links.ts';
import type { FilmSwarms } from './sources/film-swarm.ts';
import type { PieceShelves } from './pieces/piece-shelf.ts';
import type { UploadCap } from './serving/upload-cap.ts';
import type { Clock, Compression, Logger, OpenFile, PeerLinks, RandomBytes } from '../ports.ts';

export interface TransfersOptions {
	readonly links: PeerLinks;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
	readonly signalling: Signalling;
	/** Files others may read. A tab that only watches refuses everything. */
	readonly offeredFiles: OfferedFiles;
	/** Upload cap over all links in kilobits a second, read anew for every frame; 0 means none. */
	readonly maxUploadKbps: () => number;
	/** For what shrinks on the way. Absent: everything travels plain. */
	readonly compression?: Compression | undefined;
	/** Where verified pieces of films outlive the page, if anywhere. */
	readonly shelves?: PieceShelves | undefined;
	/** One over everything this tab sends, where that is more than its links; otherwise it gets one of its own. */
	readonly uploadCap?: UploadCap;
	/** Absent: films come from their owners alone. */
	readonly watching?: Omit<FilmSwarms, 'links'>;
}

export interface Transfers {
	/** A step of a negotiation from another peer. Wrong signatures, unknown sessions and floods are dropped and logged. */
	handleSignal(signal: WebRtcSignal): Promise<void>;
	/** Whether a negotiation with this id was started or accepted here. */
	knows(webRtcSessionId: string): boolean;
	/** Bytes of another peer's file. */
	openRemote(target: WatchTarget): WatchSource;
	/** The swarms this tab is in, and its links to their members. */
	readonly swarms: Omit<SwarmLinks, 'endsOf' | 'stop'>;
	serving(): ServingState;
	/** Calls back when `serving()` changed, at most once a second. */
	onServingChange(listener: () => void): () => void;
	/** Calls back whenever a viewer of ours opens a film or jumps in it, and waits for a picture. */
	onViewerWaits(listener: () => void): () => void;
	/** The edge can be reached again: links that wait for it negotiate now. */
	signallingRestored(): void;
	/** Closes every link. */
	stop(): void;
}

/** The way to other peers through the edge. */
export interface Signalling {
	/** Who we are now; changes when a phrase is restored. */
	identity(): { readonly peerId: PeerId; readonly signer: Signer } | undefined;
	iceServers(): readonly IceServer[];
	/** Hands one step over. Throws `unavailable` when the edge or the other peer cannot be reached. */
	send(message: PeerWebRTCMessage): Promise<void>;
}

/** What this peer lets others read. */
export interface OfferedFiles {
	/** Throws `not-found` (never shared, private or gone), `permission-denied`, `corrupt`. */
	open(catalogId: CatalogId): Promise<OfferedFile>;
}

export interface OfferedFile {
	readonly film: OpenFile;
	/** The last part of the path. */
	readonly fileName: string;
	/** By probe when known, else by extension. */
	readonly mimeType: string;
	readonly sideCars: readonly {
		readonly fileName: string;
		readonly language: string;
		readonly sizeBytes: number;
		open(): Promise<OpenFile>;
	}[];
	/** Absent while the film is not hashed. */
	readonly infoDictionary?: {
		readonly sizeBytes: number;
		/** Throws `not-found` when it is gone. */
		load(): Promise<Uint8Array<ArrayBuffer>>;
	};
}
