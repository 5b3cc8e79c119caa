// One peer's stream from challenge to end, as a state that only moves forward. Owns sending, so that a
// peer that does not read its stream is let go of before it costs memory, and the one way out. Knows
// nothing of what a message means, nor of who else is connected. A class, like all that an edge keeps of each
// of its thousands of peers: they share their methods, where a closure is 56 bytes for each.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import { CloseReason } from '../../proto/gen/giggityflix/v1/events_pb.js';
import {
	EdgeMessageSchema,
	RejectSchema,
	type EdgeMessage,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerId, SessionId } from '../../proto/ids.ts';
import { maxMessagesPerSecond } from '../../proto/limits.ts';
import type { AnnouncementLog } from '../messages/announcements.ts';
import type { Clock, PeerStream } from '../ports.ts';
import type { Presence } from './presence.ts';
import { createTokenBucket, type TokenBucket } from './rate-limit.ts';
import { retryAfterMs } from './retry-after.ts';

/** What an edge says: one case of the `oneof`. */
export type EdgeBody = Exclude<EdgeMessage['body'], { case: undefined }>;

/** Unsent bytes from which a peer gets only what it waits for: news can be told later, in fewer words. */
export const congestedBytes = 256 * 1024;
/** Unsent bytes from which a peer is let go of. Ten frames of the largest size: a slow line, not a burst. */
export const maxBufferedBytes = 1024 * 1024;

/** A peer that proved who it is and holds its lease. */
export interface AdmittedPeer {
	readonly peerId: PeerId;
	/** In base64: bytes would keep the whole frame they came in. */
	readonly publicKey: string;
	readonly displayName: string;
	readonly sessionToken: string;
	readonly admittedAtMs: number;
	/** Where the peer's announcements stand. */
	readonly announcements: AnnouncementLog;
	/** The lease and the lifecycle events of this admission. */
	readonly presence: Presence;
}

export type SessionState =
	/** The nonce waits for its signature, until the timer ends the session. */
	| { readonly kind: 'challenged'; readonly nonce: Uint8Array; readonly cancelTimer: () => void }
	/** The proof is good; the place is being taken. */
	| { readonly kind: 'claiming'; readonly peerId: PeerId }
	| { readonly kind: 'admitted'; readonly peer: AdmittedPeer }
	| { readonly kind: 'closing'; readonly reason: CloseReason };

export interface Session {
	readonly id: SessionId;
	readonly stream: Pick<PeerStream, 'door' | 'remoteAddress' | 'claimedPeerId' | 'traffic'>;
	/** How much the peer may say, by whichever way it says it. */
	readonly allowance: TokenBucket;
	/** A function, because it changes while somebody awaits. */
	state(): SessionState;
	claim(peerId: PeerId): void;
	admit(peer: AdmittedPeer): void;
	/** Does nothing when the session has ended. Ends it when its stream is not read. */
	send(body: EdgeBody): void;
	bufferedBytes(): number;
	/** Says why and ends the session. */
	refuse(error: GiggityflixError): void;
	/** Ends the session, once; later calls do nothing. */
	end(reason: CloseReason, error?: GiggityflixError): void;
	/** The door says the stream is gone. */
	gone(): void;
	/** A message has arrived: the peer is alive. */
	heard(): void;
	/** When it was last heard, by the monotonic clock. */
	lastHeardAtMs(): number;
	/** Calls back once: true at the next message, false at the end of the session. The function returned cancels. */
	onNextHeard(callback: (isAlive: boolean) => void): () => void;
}

export interface NewSession {
	readonly id: SessionId;
	readonly stream: PeerStream;
	readonly nonce: Uint8Array;
	readonly clock: Clock;
	/** Time for the hello; without one the session is refused. */
	readonly helloTimeoutMs: number;
	/** Gets the state that was left. */
	readonly onEnded: (session: Session, left: SessionState, reason: CloseReason) => void;
}

/** A new session in state `challenged`. */
export function createSession(given: NewSession): Session {
	return new StreamSession(given);
}

class StreamSession implements Session {
	readonly id: SessionId;
	readonly stream: PeerStream;
	readonly allowance: TokenBucket;
	readonly #clock: Clock;
	readonly #onEnded: NewSession['onEnded'];
	#state: SessionState;
	#lastHeardAtMs: number;
	#waiting: Set<(isAlive: boolean) => void> | undefined;

	constructor({ id, stream, nonce, clock, helloTimeoutMs, onEnded }: NewSession) {
		this.id = id;
		this.stream = stream;
		this.#clock = clock;
		this.#onEnded = onEnded;
		this.#lastHeardAtMs = clock.monotonicMs();
		this.allowance = createAllowance(this.#lastHeardAtMs);
		const cancelTimer = clock.after(helloTimeoutMs, () => this.refuse(silent()));
		this.#state = { kind: 'challenged', nonce, cancelTimer };
	}

	state(): SessionState {
		return this.#state;
	}

	claim(peerId: PeerId): void {
		if (this.#state.kind === 'challenged') this.#state.cancelTimer();
		this.#state = { kind: 'claiming', peerId };
	}

	admit(peer: AdmittedPeer): void {
		this.#state = { kind: 'admitted', peer };
	}

	send(body: EdgeBody): void {
		if (this.#state.kind === 'closing') return;
		this.stream.send(create(EdgeMessageSchema, { body }));
		if (this.bufferedBytes() > maxBufferedBytes) this.end(CloseReason.REJECTED, unread());
	}

	bufferedBytes(): number {
		return this.stream.bufferedBytes();
	}

	refuse(error: GiggityflixError): void {
		this.send(rejectOf(error));
		this.end(CloseReason.REJECTED, error);
	}

	end(reason: CloseReason, error?: GiggityflixError): void {
		this.#leave(reason, () => this.stream.close(error));
	}

	gone(): void {
		this.#leave(CloseReason.LEFT, () => undefined);
	}

	heard(): void {
		this.#lastHeardAtMs = this.#clock.monotonicMs();
		if (this.#waiting !== undefined) this.#tellWaiting(true);
	}

	lastHeardAtMs(): number {
		return this.#lastHeardAtMs;
	}

	onNextHeard(callback: (isAlive: boolean) => void): () => void {
		this.#waiting ??= new Set();
		this.#waiting.add(callback);
		return () => this.#waiting?.delete(callback);
	}

	#tellWaiting(isAlive: boolean): void {
		const callbacks = this.#waiting ?? [];
		this.#waiting = undefined;
		for (const callback of callbacks) callback(isAlive);
	}

	#leave(reason: CloseReason, closeStream: () => void): void {
		const left = this.#state;
		if (left.kind === 'closing') return;
		this.#state = { kind: 'closing', reason };
		if (left.kind === 'challenged') left.cancelTimer();
		closeStream();
		this.#tellWaiting(false);
		this.#onEnded(this, left, reason);
	}
}

/** The refusal of a session or of one message. */
export function rejectOf(error: GiggityflixError): EdgeBody {
	const value = { failure: error.toFailure(), retryAfterMs: retryAfterMs(error.code) };
	return { case: 'reject', value: create(RejectSchema, value) };
}

function createAllowance(nowMs: number): TokenBucket {
	const burst = 3 * maxMessagesPerSecond;
	return createTokenBucket({ ratePerSecond: maxMessagesPerSecond, burst, nowMs });
}

function silent(): GiggityflixError {
	return new GiggityflixError('timed-out', 'no hello came');
}

function unread(): GiggityflixError {
	return new GiggityflixError('resource-exhausted', 'the peer does not read its stream');
}
