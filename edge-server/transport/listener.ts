// The port of the browser door's network: one TCP port that answers fetch-style HTTP and carries
// WebSockets. Adapters: uws-listener.ts and ws-listener.ts; tests/contract/listener.ts holds for both.
// Knows nothing of peers, routes or origins; it bounds what a stranger can make the process hold.
import type { TlsFiles } from '../../bus/configuration.ts';

/** Answers one request. The request's signal aborts when the client goes away. */
export type FetchHandler = (request: Request, context: RequestContext) => Promise<Response>;

export interface RequestContext {
	/** Address of the other end, without the IPv6 wrapping of an IPv4 address. */
	readonly remoteAddress: string;
}

export interface Listener {
	/** Which adapter this is, for metrics and logs. */
	readonly kind: 'uws' | 'ws';
	/** The port in use; of interest when 0 was asked for. */
	readonly port: number;
	/**
	 * Takes no more connections, closes every socket with 1001, gives responses under way `graceMs` to end and cuts
	 * what is left. Resolves when nothing is open any more. A second call waits for the first.
	 */
	close(graceMs: number): Promise<void>;
}

export interface ListenerOptions {
	readonly host: string;
	/** 0 takes a free one. */
	readonly port: number;
	readonly tls?: TlsFiles;
	readonly fetch: FetchHandler;
	/** Largest request body; more is answered with 413 before `fetch` is called. */
	readonly maxBodyBytes: number;
	/** Where sockets may be opened, by exact path. An upgrade anywhere else is an ordinary request. */
	readonly sockets: Readonly<Record<string, SocketRoute>>;
	/** Something a handler threw: a defect, already answered with 500. */
	readonly onError: (error: unknown) => void;
}

/** Rules and handlers of the sockets on one path. */
export interface SocketRoute {
	/** A longer message ends the connection at once, without a close frame that could be relied on. */
	readonly maxPayloadBytes: number;
	/** A socket with more unsent than this is cut: its reader has stopped reading. */
	readonly maxBufferedBytes: number;
	/** A socket from which nothing came for this long, not even a pong, is cut. Adapters round up by some seconds. */
	readonly idleTimeoutMs: number;
	/**
	 * How text frames become strings and strings frames; `utf8` when absent. With `latin1` a character is a byte of
	 * the UTF-8: for a protocol that relays what it does not read, since decoding costs more than all the rest.
	 */
	readonly textEncoding?: 'utf8' | 'latin1';
	/** Decides before the handshake; must not throw. */
	decide(request: UpgradeRequest): UpgradeDecision;
}

interface UpgradeRequest {
	readonly headers: Headers;
	readonly remoteAddress: string;
	/** Whether the connection is TLS. */
	readonly isSecure: boolean;
}

export type UpgradeDecision =
	| { readonly kind: 'accept'; readonly open: (socket: Socket) => SocketHandlers }
	| { readonly kind: 'refuse'; readonly status: number; readonly reason: string };

/** The sending half of one WebSocket. Every method does nothing once the socket is closed. */
export interface Socket {
	/** Bytes go as a binary frame, text as a text frame. */
	send(content: Uint8Array | string): void;
	/** What `write` sends meanwhile, of this socket only, leaves in as few writes as the adapter can. */
	cork(write: () => void): void;
	/** Bytes accepted and not yet handed to the operating system. */
	bufferedBytes(): number;
	/** Sends a close frame. `reason` is cut to the 123 bytes a close frame has room for. */
	close(code: number, reason: string): void;
}

/** What a socket's owner is told, one call at a time. */
export interface SocketHandlers {
	/** The bytes are the handler's to keep. */
	message(content: Uint8Array | string): void;
	/** Everything buffered has been handed over, or much of it. */
	drain(): void;
	/** Called once, whoever closed, never from inside a call of `Socket`. Nothing else is called after it. */
	closed(): void;
}

/** Codes of RFC 6455 §7.4.1 that a listener sends itself. */
export const closeGoingAway = 1001;

/** Room for a reason in a close frame: 125 bytes of a control frame less the code (RFC 6455 §5.5). */
export function fitReason(reason: string): string {
	const bytes = new TextEncoder().encode(reason);
	if (bytes.length <= 123) return reason;
	// A character cut in half would make the frame invalid; the decoder marks it and it is dropped.
	return new TextDecoder().decode(bytes.subarray(0, 123)).replace(/\uFFFD$/, '');
}
