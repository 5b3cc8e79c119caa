// What the operator API answers, as JSON: the edge writes it, the operator page reads it. Types alone; times are
// milliseconds since 1970, counts are since the start of a program.
import type { ErrorCode } from './errors.ts';

/** One look at the cluster, from one of its edges. */
export interface OperatorSnapshot {
	readonly takenAtMs: number;
	/** The edge that answers. */
	readonly edgeId: string;
	/** Why the tracker did not answer; what comes from it is empty then. */
	readonly trackerProblem?: string;
	readonly edges: readonly EdgeRow[];
	/** Those that match, newest session first; at most `maxOperatorRows`. */
	readonly peers: readonly PeerRow[];
	readonly peerTotal: number;
	readonly catalog: CatalogRows;
	readonly subscriptions: readonly SubscriptionRow[];
	readonly subscriptionTotal: number;
	/** The latest first. */
	readonly commands: readonly CommandRow[];
	readonly topics: readonly TopicRow[];
	readonly lags: readonly LagRow[];
	readonly programs: readonly ProgramRow[];
	readonly history: OperatorHistory;
}

/** Rows of one table of a snapshot. */
export const maxOperatorRows = 200;

export interface EdgeRow {
	readonly edgeId: string;
	/** `silent`: it holds leases, and has not told how it is for half a minute. */
	readonly state: 'serving' | 'draining' | 'silent';
	/** Leases the tracker knows, or peers the edge tells of. */
	readonly peers: number;
	readonly maxPeers?: number;
	readonly address?: string;
	readonly startedAtMs?: number;
	readonly version?: string;
}

export interface PeerRow {
	readonly peerId: string;
	/** A stranger's text. */
	readonly displayName: string;
	readonly edgeId: string;
	readonly sessionId: string;
	readonly sinceMs: number;
	/** Entries it offers, as the tracker counts them. */
	readonly offers: number;
	/** Known of the sessions of the edge that answers. */
	readonly here?: SessionFacts;
}

export interface SessionFacts {
	readonly door: 'websocket' | 'grpc';
	readonly remoteAddress: string;
	/** When it was last heard. */
	readonly heardAtMs: number;
	/** Bytes of its stream, as the edge sees them: from the peer, and to it. */
	readonly bytesIn: number;
	readonly bytesOut: number;
}

export interface CatalogRows {
	readonly entries: number;
	readonly available: number;
	/** Entries that everybody may find. */
	readonly listed: number;
	/** Those that match the search, or the newest. Public entries only: a link is a secret. */
	readonly found: readonly EntryRow[];
	readonly foundTotal: number;
}

export interface EntryRow {
	readonly catalogId: string;
	readonly title: string;
	readonly sizeBytes: number;
	readonly addedAtMs: number;
	readonly owners: number;
	readonly ownersOnline: number;
}

export interface SubscriptionRow {
	readonly subscriptionId: string;
	readonly peerId: string;
	readonly catalogId: string;
	readonly expiresAtMs: number;
}

export type CommandKind = 'file-delete' | 'file-hash' | 'file-remap' | 'screenshot-capture';

export interface CommandRow {
	readonly commandId: string;
	readonly peerId: string;
	/** Absent for a command that somebody else sent and that failed: its outcome does not tell. */
	readonly kind?: CommandKind;
	/** Absent for commands that somebody else sent. */
	readonly sentAtMs?: number;
	readonly outcome: CommandOutcome;
}

export type CommandOutcome =
	| { readonly kind: 'pending' }
	| {
			readonly kind: 'failed';
			readonly atMs: number;
			readonly code: ErrorCode;
			readonly message: string;
	  }
	| {
			readonly kind: 'done';
			readonly atMs: number;
			readonly mediaId?: string;
			readonly pictures?: number;
	  };

export interface TopicRow {
	readonly program: string;
	readonly topic: string;
	readonly published: number;
	readonly handled: number;
	readonly failed: number;
}

export interface LagRow {
	readonly program: string;
	readonly group: string;
	readonly topic: string;
	readonly events: number;
}

export interface ProgramRow {
	/** "edge-a", "tracker". */
	readonly program: string;
	readonly version: string;
	readonly startedAtMs: number;
	readonly memoryBytes: number;
	/** 1 is a whole core. */
	readonly cpuShare: number;
}

/** Samples of the edge that answers, oldest first; every list is as long as `atMs`. */
export interface OperatorHistory {
	readonly atMs: readonly number[];
	readonly peers: readonly number[];
	readonly memoryBytes: readonly number[];
	readonly cpuShare: readonly number[];
	/** Events that wait, summed over groups. */
	readonly lag: readonly number[];
	/** Events published and handled a second, by topic. */
	readonly topics: Readonly<Record<string, readonly number[]>>;
}

/** One frame of a picture a peer took. */
export interface CommandPicture {
	readonly atMs: number;
	/** WebP in base64. */
	readonly image: string;
}

/** What is posted to /api/operator/commands; a command without an id of its own is given one. */
export interface OperatorCommand {
	readonly peerId: string;
	readonly commandId?: string;
	readonly command:
		| {
				readonly kind: Exclude<CommandKind, 'file-remap' | 'screenshot-capture'>;
				readonly catalogId: string;
		  }
		| { readonly kind: 'file-remap'; readonly oldCatalogId: string; readonly newCatalogId: string }
		| {
				readonly kind: 'screenshot-capture';
				readonly catalogId: string;
				readonly atMs: readonly number[];
		  };
}

/** What to look for in the tables that can be searched; empty for everything. */
export interface OperatorQuery {
	readonly peers: string;
	readonly films: string;
}
