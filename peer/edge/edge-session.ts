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
import type { SigningIdentity } from '../identity/identity.ts';
import type { Clock, EdgeConnection, EdgeTransport } from '../ports.ts';
import { adviceOf, helloOf, isRefusalCode, limitsOf, speaksOurVersion } from './admission.ts';
import type { ReturnAdvice } from './reconnect-policy.ts';

/** An admission that holds. */
export interface EdgeSession {
	readonly edgeId: string;
	readonly sessionToken: string;
	readonly iceServers: readonly IceServer[];
	readonly announceTrackers: readonly string[];
	/** Never more than our own. */
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
	readonly identity: SigningIdentity;
	readonly displayName: string;
	/** Called with every message, in order. */
	readonly onMessage: (message: EdgeMessage, stream: EdgeStream) => void;
	readonly onAdmitted: (session: EdgeSession) => void;
	/** Ends the stream from this side. */
	readonly signal: AbortSignal;
}

/** One stream in progress. */
interface Hold {
	readonly options: HoldOptions;
	/** Aborts when the stream ends. */
	readonly over: AbortController;
	phase: 'connecting' | 'challenged' | 'admitted';
	connection: EdgeConnection | undefined;
	/** When the edge was heard last. */
	heardAtMs: number;
	ending: Ending | undefined;
}

/** Connects and stays until the stream ends. Never throws. */
export async function holdSession(options: HoldOptions): Promise<Ending> {
	const hold: Hold = {
		options,
		over: new AbortController(),
		phase: 'connecting',
		connection: undefined,
		heardAtMs: options.clock.monotonicMs(),
		ending: undefined,
	};
	const { signal } = hold.over;
	const stream = streamOf(hold);
	const onStop = () => end(hold, new GiggityflixError('cancelled', 'left'));
	options.signal.addEventListener('abort', onStop);
	if (options.signal.aborted) onStop();
	void watchAdmission(hold);
	try {
		hold.connection = await options.transport.connect({
			peerId: options.identity.peerId,
			onMessage(message) {
				if (signal.aborted) return;
				hold.heardAtMs = options.clock.monotonicMs();
				options.onMessage(message, stream);
			},
			onClose(error) {
				const cause = GiggityflixError.from(error);
				end(hold, cause, { kind: 'none' }, isRefusalCode(cause.code));
			},
			signal,
		});
		await aborted(signal);
	} catch (caught) {
		end(hold, GiggityflixError.from(caught));
	} finally {
		hold.connection?.close();
		options.signal.removeEventListener('abort', onStop);
	}
	return hold.ending ?? endingOf(hold, offline(), { kind: 'none' }, false);
}

/** The first end counts; what it brings about in its wake does not. */
function end(
	hold: Hold,
	error: GiggityflixError,
	advice: ReturnAdvice = { kind: 'none' },
	isRefusal = false,
): void {
	hold.ending ??= endingOf(hold, error, advice, isRefusal);
	hold.over.abort(error);
}

function endingOf(
	{ phase }: Hold,
	error: GiggityflixError,
	advice: ReturnAdvice,
	isRefusal: boolean,
): Ending {
	return { error, wasAdmitted: phase === 'admitted', isRefusal, advice };
}

function send({ connection, over }: Hold, message: PeerMessage): void {
	if (!connection || over.signal.aborted) throw offline();
	connection.send(message);
}

function streamOf(hold: Hold): EdgeStream {
	const { options, over } = hold;
	const reply = (body: Body) => send(hold, create(PeerMessageSchema, { body }));
	return {
		signal: over.signal,
		reply,
		challenged(challenge) {
			if (hold.phase !== 'connecting') {
				end(hold, outOfOrder('challenge'));
			} else if (speaksOurVersion(challenge)) {
				hold.phase = 'challenged';
				reply({ case: 'hello', value: helloOf(challenge, options) });
			} else {
				const error = new GiggityflixError('unsupported', 'the edge speaks another version');
				end(hold, error, { kind: 'hopeless' }, true);
			}
		},
		welcomed(welcome) {
			if (hold.phase !== 'challenged' || !hold.connection) {
				end(hold, outOfOrder('welcome'));
				return;
			}
			hold.phase = 'admitted';
			options.onAdmitted(sessionOf(welcome, hold, hold.connection));
			void beat(hold, Math.max(minHeartbeatIntervalMs, welcome.heartbeatIntervalMs));
		},
		rejected(reject) {
			// After admission a reject is about one message; the edge closes the stream itself if it must.
			if (hold.phase === 'admitted') return;
			const error = reject.failure
				? GiggityflixError.fromFailure(reject.failure)
				: new GiggityflixError('internal', 'refused without a reason');
			end(hold, error, adviceOf(reject), true);
		},
		draining(reconnectAfterMs) {
			const error = new GiggityflixError('unavailable', 'the edge is going away');
			end(hold, error, { kind: 'come-back-after', delayMs: reconnectAfterMs });
		},
		heartbeat({ sentAtMs, answersSentAtMs }) {
			if (answersSentAtMs !== 0n) return;
			const now = BigInt(options.clock.now());
			reply({ case: 'heartbeat', value: { sentAtMs: now, answersSentAtMs: sentAtMs } });
		},
	};
}

/** Sends signs of life and misses those of the edge; any message is one. */
async function beat(hold: Hold, intervalMs: number): Promise<void> {
	const { clock } = hold.options;
	try {
		for (;;) {
			await clock.sleep(intervalMs, hold.over.signal);
			if (clock.monotonicMs() - hold.heardAtMs >= 2 * intervalMs) {
				throw new GiggityflixError('timed-out', 'the edge has fallen silent');
			}
			const body: Body = { case: 'heartbeat', value: { sentAtMs: BigInt(clock.now()) } };
			send(hold, create(PeerMessageSchema, { body }));
		}
	} catch (caught) {
		end(hold, GiggityflixError.from(caught));
	}
}

async function watchAdmission(hold: Hold): Promise<void> {
	try {
		await hold.options.clock.sleep(admissionTimeoutMs, hold.over.signal);
	} catch {
		// The stream ended first.
		return;
	}
	if (hold.phase === 'admitted') return;
	end(hold, new GiggityflixError('timed-out', 'the edge did not admit us'));
}

function sessionOf(welcome: Welcome, hold: Hold, connection: EdgeConnection): EdgeSession {
	const { signal } = hold.over;
	return {
		edgeId: welcome.edgeId,
		sessionToken: welcome.sessionToken,
		iceServers: welcome.iceServers,
		announceTrackers: welcome.announceTrackers,
		limits: limitsOf(welcome.limits),
		catalogSequence: Number(welcome.catalogSequence),
		send: (message) => send(hold, message),
		async sendWebRtc(message) {
			if (signal.aborted) throw offline();
			const { failure } = await connection.sendWebRtc(message, welcome.sessionToken);
			if (failure) throw GiggityflixError.fromFailure(failure);
		},
		bufferedBytes: () => connection.bufferedBytes(),
		signal,
	};
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
