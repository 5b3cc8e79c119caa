// What the rules of the edge need from its doors and neighbours. Session rules know no socket: a door
// (WebSocket, gRPC) makes a PeerStream, opens a session on it and hands over decoded messages.
import type { Client } from '@connectrpc/connect';
import type {
	EdgeMessage,
	EdgeWebRTCMessage,
	PeerMessage,
	PeerWebRTCMessage,
} from '../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { TrackerService } from '../proto/gen/giggityflix/v1/tracker_pb.js';
import type { GiggityflixError } from '../proto/errors.ts';
import type { CatalogId } from '../proto/ids.ts';

/** The tracker, as the edge calls it: in memory or over HTTP/2. */
export type TrackerClient = Client<typeof TrackerService>;

/** Bytes of one stream: from the peer, and to it. */
export interface Traffic {
	bytesIn: number;
	bytesOut: number;
}

/** The sending half of one peer's stream, made by a door. */
export interface PeerStream {
	/** Which door, for metrics and logs. */
	readonly door: 'websocket' | 'grpc';
	/** Address of the other end, for rate limits and logs. */
	readonly remoteAddress: string;
	/** `peer_id` from the request metadata when the door carries it; hello must agree with it. */
	readonly claimedPeerId?: string | undefined;
	/** Bytes so far; counted by the door, read by whoever looks. */
	readonly traffic?: Readonly<Traffic> | undefined;
	send(message: EdgeMessage): void;
	/** Bytes accepted and not yet on the wire. */
	bufferedBytes(): number;
	/** Ends the stream. `undefined`: a normal close. The error's code becomes the close code or gRPC status. */
	close(error?: GiggityflixError): void;
}

/** The receiving half, made by the session rules when a door opens a stream. */
export interface PeerStreamReceiver {
	/** One decoded message, in order. Never throws; awaited by doors that can push back. */
	receive(message: PeerMessage): Promise<void>;
	/** The frame could not be decoded or was too large. */
	receiveMalformed(error: GiggityflixError): void;
	/** The unary call, from the same socket (the session is known). */
	receiveWebRtc(message: PeerWebRTCMessage): WebRtcAnswer;
	/** The stream is gone. Called once, also after `close`. */
	closed(): void;
}

/** At once when the other peer is at this edge: there are thousands of steps a second, and a promise for each costs. */
export type WebRtcAnswer = EdgeWebRTCMessage | Promise<EdgeWebRTCMessage>;

/** What the doors call. */
export interface PeerDoor {
	open(stream: PeerStream): PeerStreamReceiver;
	/** The unary call from elsewhere: gRPC metadata names the session. */
	webRtc(
		caller: { peerId: string; sessionToken: string },
		message: PeerWebRTCMessage,
	): Promise<EdgeWebRTCMessage>;
}

/** Pictures of entries, addressed by the SHA-256 of their bytes. Bounded; the oldest go first. */
export interface PosterStore {
	/** Stores a picture under the hexadecimal SHA-256 of its bytes. */
	put(posterId: string, image: Uint8Array): Promise<void>;
	get(posterId: string): Promise<Uint8Array | undefined>;
}

/** Time, as in the peer core. */
export interface Clock {
	now(): number;
	monotonicMs(): number;
	/** Calls back after a delay; the returned function cancels. */
	after(delayMs: number, callback: () => void): () => void;
}

/** A log with levels: what an operator can act on. Never names of films, never secrets. */
export interface Logger {
	info(message: string, fields?: Readonly<Record<string, unknown>>): void;
	warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
	error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Where a poster or entry of interest is looked up by; kept here so that doors and rules agree. */
export interface Interest {
	readonly wholeCatalog: boolean;
	readonly catalogIds: ReadonlySet<CatalogId>;
}
