// One stream to the edge from its first message to its last: challenge, hello, welcome, then heartbeats both
// ways until somebody leaves. Rule: every way of ending comes out as one `Ending`. Knows nothing of what the
// other messages mean, nor of the attempt after this one.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
	PeerMessageSchema,
	type Challenge,
	type EdgeMessage,
	type Heartbeat,
	type IceServer,
	type Limits,
	type PeerMessage,
	type PeerWebRTCMessage,
	type Reject,
	type Welcome,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { GiggityflixError } from '../../proto/errors.ts';
import { helloDigest } from '../../proto/identity.ts';
import {
	maxFrameBytes,
	maxMessagesPerSecond,
	maxOffersPerPage,
	maxOffersPerPeer,
	maxPosterBytes,
	protocolVersion,
} from '../../proto/limits.ts';
import type { Identity } from '../identity/identity.ts';
import type { Clock, EdgeConnection, EdgeTransport } from '../ports.ts';
import type { ReturnAdvice } from './reconnect-policy.ts';

/** An admission that holds. */
export interface EdgeSession {
	readonly edgeId: string;
	readonly sessionToken: string;
	readonly iceServers: readonly IceServer[];
	readonly limits: Limits;
	/** The last announcement the edge has of this peer; 0 for none. */
	readonly catalogSequence: number;
	send(message: PeerMessage): void;
	/** Throws what the edge answers, and `unavailable` when the session is over. */
	sendWebRtc(message: PeerWebRTCMessage): Promise<void>;
	bufferedBytes(): number;
	/** Aborts when the session ends. */
	readonly signal: AbortSignal;
}

/** What the handlers of the stream's own messages call. */
export interface EdgeStream {
	challenged(challenge: Challenge): void;
	welcomed(welcome: Welcome): void;
	rejected(reject: Reject): void;
	draining(reconnectAfterMs: number): void;
	heartbeat(heartbeat: Heartbeat): void;
	reply(body: Body): void;
	/** Aborts when the stream ends. */
	readonly signal: AbortSignal;
}

export interface Ending {
	readonly error: GiggityflixError;
	readonly wasAdmitted: boolean;
	/** The edge itself said no. */
	readonly isRefusal: boolean;
	readonly advice: ReturnAdvice;
}

type Body = NonNullable<MessageInitShape<typeof PeerMessageSchema>['body']>;

/** From the start of connecting to welcome. A proof takes a tracker call; a dead address takes forever. */
const admissionTimeoutMs = 15_000;
const minHeartbeatIntervalMs = 1_000;

export interface HoldOptions {
	readonly transport: EdgeTransport;
	readonly clock: Clock;
	readonly identity: Identity;
	readonly displayName: string;
	/** Called with every message, in order. */
	readonly onMessage: (message: EdgeMessage, stream: EdgeStream) => void;
	readonly onAdmitted: (session: EdgeSession) => void;
	/** Ends the stream from this side. */
	readonly signal: AbortSignal;
}

/** Connects and stays until the stream ends. Never throws. */
export async function holdSession(options: HoldOptions): Promise<Ending> {
	const { clock } = options;
	const over = new AbortController();
	const { signal } = over;
	let ending: Ending | undefined;
	let connection: EdgeConnection | undefined;
	let phase: 'connecting' | 'challenged' | 'admitted' = 'connecting';
	let heardAtMs = clock.monotonicMs();

	function end(error: GiggityflixError, advice: ReturnAdvice = { kind: 'none' }, refused = false) {
		ending ??= { error, wasAdmitted: phase === 'admitted', isRefusal: refused, advice };
		over.abort(error);
	}

	function send(message: PeerMessage): void {
		if (!connection || signal.aborted) throw offline();
		connection.send(message);
	}

	const stream: EdgeStream = {
		signal,
		reply: (body) => send(create(PeerMessageSchema, { body })),
		challenged(challenge) {
			if (phase !== 'connecting') return end(outOfOrder('challenge'));
			if (!speaksOurVersion(challenge)) {
				const error = new GiggityflixError('unsupported', 'the edge speaks another version');
				return end(error, { kind: 'hopeless' }, true);
			}
			phase = 'challenged';
			stream.reply({ case: 'hello', value: helloOf(challenge, options) });
		},
		welcomed(welcome) {
			if (phase !== 'challenged' || !connection) return end(outOfOrder('welcome'));
			phase = 'admitted';
			options.onAdmitted(sessionOf(welcome, connection, signal, send));
			void beat(Math.max(minHeartbeatIntervalMs, welcome.heartbeatIntervalMs));
		},
		rejected(reject) {
			const error = reject.failure
				? GiggityflixError.fromFailure(reject.failure)
				: new GiggityflixError('internal', 'refused without a reason');
			// After admission a reject is about one message; the edge closes the stream itself if it must.
			if (phase === 'admitted' && error.code !== 'already-exists') return;
			end(error, adviceOf(reject), true);
		},
		draining(reconnectAfterMs) {
			const error = new GiggityflixError('unavailable', 'the edge is going away');
			end(error, { kind: 'come-back-after', delayMs: reconnectAfterMs });
		},
		heartbeat(heartbeat) {
			if (heartbeat.answersSentAtMs !== 0n) return;
			stream.reply({
				case: 'heartbeat',
				value: { sentAtMs: BigInt(clock.now()), answersSentAtMs: heartbeat.sentAtMs },
			});
		},
	};

	/** Sends signs of life and misses those of the edge; any message is one. */
	async function beat(intervalMs: number): Promise<void> {
		try {
			for (;;) {
				await clock.sleep(intervalMs, signal);
				if (clock.monotonicMs() - heardAtMs >= 2 * intervalMs) {
					return end(new GiggityflixError('timed-out', 'the edge has fallen silent'));
				}
				stream.reply({ case: 'heartbeat', value: { sentAtMs: BigInt(clock.now()) } });
			}
		} catch (caught) {
			end(GiggityflixError.from(caught));
		}
	}

	async function watchAdmission(): Promise<void> {
		try {
			await clock.sleep(admissionTimeoutMs, signal);
			if (phase !== 'admitted') end(new GiggityflixError('timed-out', 'the edge did not admit us'));
		} catch {
			// The stream ended first.
		}
	}

	const onStop = () => end(new GiggityflixError('cancelled', 'left'));
	options.signal.addEventListener('abort', onStop);
	if (options.signal.aborted) onStop();
	void watchAdmission();
	try {
		connection = await options.transport.connect({
			peerId: options.identity.peerId,
			onMessage(message) {
				if (signal.aborted) return;
				heardAtMs = clock.monotonicMs();
				options.onMessage(message, stream);
			},
			onClose: (error) => {
				const cause = GiggityflixError.from(error);
				const isRefusal = refusals.has(cause.code);
				end(cause, { kind: 'none' }, isRefusal);
			},
			signal,
		});
		await aborted(signal);
	} catch (caught) {
		end(GiggityflixError.from(caught));
	} finally {
		connection?.close();
		options.signal.removeEventListener('abort', onStop);
	}
	return (
		ending ?? { error: offline(), wasAdmitted: false, isRefusal: false, advice: { kind: 'none' } }
	);
}

/** Close codes by which an edge refuses without a `reject` that arrived. */
const refusals: ReadonlySet<string> = new Set([
	'already-exists',
	'permission-denied',
	'unauthenticated',
	'unsupported',
	'resource-exhausted',
	'invalid-argument',
]);

function helloOf(challenge: Challenge, { identity, displayName }: HoldOptions) {
	const digest = helloDigest(challenge.nonce, challenge.edgeId, identity.peerId);
	return {
		peerId: identity.peerId,
		publicKey: identity.signer.publicKey,
		signature: identity.signer.sign(digest),
		protocolVersion,
		displayName,
	};
}

function speaksOurVersion(challenge: Challenge): boolean {
	return (
		challenge.minProtocolVersion <= protocolVersion &&
		protocolVersion <= challenge.maxProtocolVersion
	);
}

function sessionOf(
	welcome: Welcome,
	connection: EdgeConnection,
	signal: AbortSignal,
	send: (message: PeerMessage) => void,
): EdgeSession {
	return {
		edgeId: welcome.edgeId,
		sessionToken: welcome.sessionToken,
		iceServers: welcome.iceServers,
		limits: limitsOf(welcome.limits),
		catalogSequence: Number(welcome.catalogSequence),
		send,
		async sendWebRtc(message) {
			if (signal.aborted) throw offline();
			const { failure } = await connection.sendWebRtc(message, welcome.sessionToken);
			if (failure) throw GiggityflixError.fromFailure(failure);
		},
		bufferedBytes: () => connection.bufferedBytes(),
		signal,
	};
}

/** The edge's limits, ours where it names none, never more than ours. */
function limitsOf(limits: Limits | undefined): Limits {
	const atMost = (theirs: number | undefined, ours: number) => Math.min(theirs || ours, ours);
	return {
		$typeName: 'giggityflix.v1.Limits',
		maxFrameBytes: atMost(limits?.maxFrameBytes, maxFrameBytes),
		maxOffersPerPage: atMost(limits?.maxOffersPerPage, maxOffersPerPage),
		maxOffers: atMost(limits?.maxOffers, maxOffersPerPeer),
		maxMessagesPerSecond: atMost(limits?.maxMessagesPerSecond, maxMessagesPerSecond),
		maxPosterBytes: atMost(limits?.maxPosterBytes, maxPosterBytes),
	};
}

function adviceOf(reject: Reject): ReturnAdvice {
	return reject.retryAfterMs > 0
		? { kind: 'retry-after', delayMs: reject.retryAfterMs }
		: { kind: 'hopeless' };
}

function aborted(signal: AbortSignal): Promise<void> {
	return new Promise((resolve) => {
		if (signal.aborted) resolve();
		else signal.addEventListener('abort', () => resolve(), { once: true });
	});
}

function outOfOrder(what: string): GiggityflixError {
	return new GiggityflixError('invalid-argument', `the edge sent ${what} out of order`);
}

function offline(): GiggityflixError {
	return new GiggityflixError('unavailable', 'there is no session at an edge');
}
