// The edge's rules in a world of fakes: a clock moved by hand, a bus that records, a tracker in memory
// behind Connect's router transport, and peers with real keys on streams without a socket.
import { create } from '@bufbuild/protobuf';
import { secp256k1, schnorr } from '@noble/curves/secp256k1.js';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { defaultTopics } from '../../bus/topics.ts';
import type {
	Logger,
	PeerStream,
	PeerStreamReceiver,
	PosterStore,
} from '../../edge-server/ports.ts';
import {
	createSessions,
	type SessionLimits,
	type Sessions,
} from '../../edge-server/sessions/sessions.ts';
import type { EdgeBody } from '../../edge-server/sessions/session.ts';
import type { PeerBody } from '../../edge-server/messages/handlers.ts';
import type { GiggityflixError } from '../../proto/errors.ts';
import {
	HelloSchema,
	IceServerSchema,
	PeerMessageSchema,
	type Hello,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import { helloDigest, type Signer } from '../../proto/identity.ts';
import { derivePeerId, parseEdgeId } from '../../proto/ids.ts';
import { protocolVersion } from '../../proto/limits.ts';
import { createFakeTracker, type FakeTracker } from './fake-tracker.ts';
import { createManualClock, type ManualClock } from './manual-clock.ts';
import { createRecordingBus, type RecordingBus } from './recording-bus.ts';

export const edgeId = parseEdgeId('edge-a');

/** Lets everything that needs no time happen. Connect's in-memory calls take several turns of the loop. */
export async function settle(): Promise<void> {
	for (let turn = 0; turn < 12; turn += 1) await nextTurn();
}

/** Random bytes that are the same in every run. */
export function createCountingBytes(): (target: Uint8Array) => void {
	let state = 1;
	return (target) => {
		for (let index = 0; index < target.length; index += 1) {
			// Numerical Recipes' linear congruential generator; the high byte is the better one.
			state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
			target[index] = state >>> 24;
		}
	};
}

/** A signer whose key is made of one number, and the peer id derived from it. */
export function createSigner(seed: number): Signer & { readonly peerId: string } {
	const secret = new Uint8Array(32).fill(seed);
	const publicKey = secp256k1.getPublicKey(secret);
	return {
		publicKey,
		peerId: derivePeerId(publicKey),
		// No auxiliary randomness: the same proof in every run.
		sign: (digest) => schnorr.sign(digest, secret, new Uint8Array(32)),
	};
}

type Spoilable = Pick<
	Hello,
	'peerId' | 'publicKey' | 'signature' | 'protocolVersion' | 'displayName'
>;

/** The other end of a stream: what the edge said, and a voice to answer with. */
export interface TestPeer {
	readonly received: EdgeBody[];
	readonly receiver: PeerStreamReceiver;
	/** Set by the edge when it ends the stream. */
	closedWith?: { readonly error: GiggityflixError | undefined };
	bufferedBytes: number;
	/** Answers heartbeats when true, as a live peer does. */
	isAnswering: boolean;
	/** What was received of one case. */
	of<Case extends EdgeBody['case']>(
		messageCase: Case,
	): Extract<EdgeBody, { case: Case }>['value'][];
	say(body: PeerBody): Promise<void>;
	/** Says hello with a good proof; `changes` spoil it. */
	hello(signer: Signer & { peerId: string }, changes?: Partial<Spoilable>): Promise<void>;
}

export interface EdgeWorld {
	readonly clock: ManualClock;
	readonly bus: RecordingBus;
	readonly tracker: FakeTracker;
	readonly posters: Map<string, Uint8Array>;
	readonly sessions: Sessions;
	readonly log: { level: string; message: string; fields: unknown }[];
	/** Opens a stream. */
	connect(stream?: Partial<PeerStream>): TestPeer;
	/** Opens a stream and gets it admitted. */
	admit(signer: Signer & { peerId: string }): Promise<TestPeer>;
	/** Lets time pass in steps, with everything that follows from each. */
	pass(durationMs: number, stepMs?: number): Promise<void>;
}

export function createEdgeWorld(limits: Partial<SessionLimits> = {}): EdgeWorld {
	const clock = createManualClock();
	const bus = createRecordingBus();
	const tracker = createFakeTracker();
	const posters = new Map<string, Uint8Array>();
	const log: EdgeWorld['log'] = [];
	const sessions = createSessions({
		edgeId,
		tracker: tracker.client,
		bus,
		topics: defaultTopics,
		clock,
		randomBytes: createCountingBytes(),
		logger: recordingLogger(log),
		posters: posterStore(posters),
		announceTrackers: ['wss://tracker.example/'],
		iceServers: () => [create(IceServerSchema, { urls: ['stun:stun.example'] })],
		limits: {
			maxPeers: 100,
			heartbeatIntervalMs: 30_000,
			connectionTimeoutMs: 120_000,
			...limits,
		},
	});
	const connect: EdgeWorld['connect'] = (stream) => connectPeer(sessions, stream);
	return {
		clock,
		bus,
		tracker,
		posters,
		sessions,
		log,
		connect,
		admit: async (signer) => {
			const peer = connect();
			await peer.hello(signer);
			await settle();
			return peer;
		},
		pass: async (durationMs, stepMs = 250) => {
			await settle();
			for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
				clock.advance(Math.min(stepMs, durationMs - passedMs));
				await settle();
			}
		},
	};
}

function connectPeer(sessions: Sessions, changes: Partial<PeerStream> = {}): TestPeer {
	const received: EdgeBody[] = [];
	const peer: TestPeer = {
		received,
		get receiver() {
			return receiver;
		},
		bufferedBytes: 0,
		isAnswering: true,
		of: (messageCase) =>
			received.flatMap((body) => (body.case === messageCase ? [body.value as never] : [])),
		say: (body) => peer.receiver.receive(create(PeerMessageSchema, { body })),
		hello: async (signer, spoiled) => {
			const challenge = peer.of('challenge')[0]!;
			const { peerId, publicKey } = signer;
			const signature = signer.sign(helloDigest(challenge.nonce, challenge.edgeId, peerId));
			const value = { peerId, publicKey, signature, protocolVersion, ...spoiled };
			await peer.say({ case: 'hello', value: create(HelloSchema, value) });
		},
	};
	const receiver = sessions.open({
		door: 'websocket',
		remoteAddress: '192.0.2.1',
		send: ({ body }) => {
			if (body.case === undefined) throw new Error('an edge message without a body');
			received.push(body);
			if (body.case === 'heartbeat' && body.value.answersSentAtMs === 0n && peer.isAnswering) {
				const value = { sentAtMs: 1n, answersSentAtMs: body.value.sentAtMs };
				const answer = create(PeerMessageSchema, {
					body: { case: 'heartbeat', value: value as never },
				});
				queueMicrotask(() => void peer.receiver.receive(answer));
			}
		},
		bufferedBytes: () => peer.bufferedBytes,
		close: (error) => {
			if (peer.closedWith) throw new Error('a stream is closed once');
			peer.closedWith = { error };
		},
		...changes,
	});
	return peer;
}

/** How the edge refused a peer. */
export function refusalOf(peer: TestPeer) {
	return { code: peer.closedWith?.error?.code, reject: peer.of('reject')[0] };
}

function recordingLogger(log: EdgeWorld['log']): Logger {
	const at = (level: string) => (message: string, fields?: unknown) =>
		void log.push({ level, message, fields });
	return { info: at('info'), warn: at('warn'), error: at('error') };
}

function posterStore(posters: Map<string, Uint8Array>): PosterStore {
	return {
		put: async (posterId, image) => void posters.set(posterId, image),
		get: async (posterId) => posters.get(posterId),
	};
}
