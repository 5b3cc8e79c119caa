// Finds the session of each signal and decides whether to believe it. The rule: signalling is not
// trusted. A description counts only with its sender's signature; what is unknown, replayed, malformed or
// too much is dropped with a log line and harms no other session. An open link needs no signalling, so
// the edge may come and go. Knows nothing of files.
import { create } from '@bufbuild/protobuf';
import { GiggityflixError } from '../../proto/errors.ts';
import {
	PeerWebRTCMessageSchema,
	type SignedDescription,
	type WebRtcSignal,
} from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Signer } from '../../proto/identity.ts';
import {
	parsePeerId,
	parseWebRtcSessionId,
	randomId,
	type PeerId,
	type WebRtcSessionId,
} from '../../proto/ids.ts';
import type { Clock, Logger, PeerLink, PeerLinks, RandomBytes } from '../ports.ts';
import type { InfoHash } from '../torrent/info-hash.ts';
import { createBoundedMap, type BoundedMap } from './bounded-map.ts';
import { createEarlyCandidates, type EarlyCandidates } from './early-candidates.ts';
import type { LinkEnd } from './link-end.ts';
import { endOfOffer, type OfferedEnds } from './offered-ends.ts';
import { bufferLowBytes } from './serving-link.ts';
import { createDeferred } from './settling.ts';
import { signDescription, verifyDescription } from './signed-description.ts';
import type { Signalling } from './transfers.ts';
import {
	createWebRtcSession,
	type WebRtcSession,
	type WebRtcSessionOptions,
} from './webrtc-session.ts';

/** Ended sessions remembered, so that a replayed or late signal is known as one. */
const rememberedSessions = 1000;

export interface NegotiationOptions extends OfferedEnds {
	readonly links: PeerLinks;
	readonly signalling: Signalling;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
}

export interface Negotiation {
	/**
	 * Offers a link to an owner and resolves when it is open. Throws `unavailable` when the peer cannot be reached,
	 * `timed-out` without a route, `unauthenticated` when the answer is not by the owner's key, or the owner's refusal.
	 */
	connect<End extends LinkEnd>(
		request: ConnectRequest<End>,
	): Promise<{ end: End; publicKey: Uint8Array }>;
	/** Never rejects. */
	handleSignal(signal: WebRtcSignal): Promise<void>;
	knows(webRtcSessionId: string): boolean;
	stop(): void;
}

export interface ConnectRequest<End extends LinkEnd> {
	readonly remotePeerId: PeerId;
	/** When given, a peer with another key is refused. */
	readonly ownerPublicKey: Uint8Array | undefined;
	/** The swarm the link is for; absent for a direct one. */
	readonly infoHash?: InfoHash;
	/** Called when the link opens, before its first message. `close` ends the session. */
	readonly createEnd: (link: PeerLink, close: () => void, id: WebRtcSessionId) => End;
}

/** A session with what only the side that offered needs. */
interface Entry {
	readonly session: WebRtcSession;
	readonly expectedKey: Uint8Array | undefined;
	publicKey: Uint8Array | undefined;
}

interface State {
	readonly options: NegotiationOptions;
	readonly entries: Map<WebRtcSessionId, Entry>;
	readonly ended: BoundedMap<WebRtcSessionId, true>;
	readonly earlyCandidates: EarlyCandidates;
	isStopped: boolean;
}

export function createNegotiation(options: NegotiationOptions): Negotiation {
	const state: State = {
		options,
		entries: new Map(),
		ended: createBoundedMap(rememberedSessions),
		earlyCandidates: createEarlyCandidates(),
		isStopped: false,
	};
	return {
		connect: (request) => connect(state, request),
		handleSignal: (signal) => handleSignal(state, signal),
		knows: (id) =>
			state.entries.has(id as WebRtcSessionId) || state.ended.has(id as WebRtcSessionId),
		stop() {
			state.isStopped = true;
			const error = new GiggityflixError('cancelled', 'this peer stops');
			for (const { session } of [...state.entries.values()]) session.end(error);
		},
	};
}

// ---------------------------------------------------------------- viewer

async function connect<End extends LinkEnd>(
	state: State,
	request: ConnectRequest<End>,
): Promise<{ end: End; publicKey: Uint8Array }> {
	const identity = identityOf(state);
	const webRtcSessionId = randomId<WebRtcSessionId>(state.options.randomBytes);
	const opened = createDeferred<End>();
	const entry = addSession(state, {
		webRtcSessionId,
		remotePeerId: request.remotePeerId,
		localPeerId: identity.peerId,
		role: 'viewer',
		infoHash: request.infoHash,
		expectedKey: request.ownerPublicKey,
		createEnd(link, close) {
			const end = request.createEnd(link, close, webRtcSessionId);
			opened.resolve(end);
			return end;
		},
		onEnd: opened.reject,
	});
	const { session } = entry;
	// Awaited below, when the offer is on its way.
	opened.promise.catch(() => undefined);
	try {
		const sdp = await session.link.describe();
		const context = {
			kind: 'offer',
			webRtcSessionId,
			fromPeerId: identity.peerId,
			toPeerId: request.remotePeerId,
		} as const;
		const value = signDescription(sdp, context, identity.signer);
		await session.sendDescription({ case: 'offer', value });
	} catch (error) {
		session.end(GiggityflixError.from(error));
	}
	const end = await opened.promise;
	if (entry.publicKey === undefined) {
		throw new GiggityflixError('internal', 'a link opened without an answer');
	}
	return { end, publicKey: entry.publicKey };
}

async function takeAnswer(entry: Entry, answer: SignedDescription): Promise<void> {
	const { session, expectedKey } = entry;
	if (session.role !== 'viewer' || entry.publicKey !== undefined) {
		throw new GiggityflixError('invalid-argument', 'an answer nobody waits for');
	}
	const context = {
		kind: 'answer',
		webRtcSessionId: session.webRtcSessionId,
		fromPeerId: session.remotePeerId,
		toPeerId: session.localPeerId,
	} as const;
	try {
		verifyDescription(answer, context, expectedKey);
		entry.publicKey = answer.publicKey;
		await session.link.accept(answer.sdp, 'answer');
	} catch (error) {
		// Whoever can forge an answer can also withhold the true one: there is nothing to wait for.
		session.end(GiggityflixError.from(error));
		throw error;
	}
}

// ---------------------------------------------------------------- owner

async function takeOffer(
	state: State,
	webRtcSessionId: WebRtcSessionId,
	remotePeerId: PeerId,
	offer: SignedDescription,
	infoHash: Uint8Array,
): Promise<void> {
	if (state.entries.has(webRtcSessionId) || state.ended.has(webRtcSessionId)) {
		throw new GiggityflixError('already-exists', 'a replayed offer');
	}
	const identity = identityOf(state);
	const ends = { webRtcSessionId, fromPeerId: remotePeerId, toPeerId: identity.peerId };
	verifyDescription(offer, { kind: 'offer', ...ends }, undefined);
	const createEnd = endOfOffer(
		state.options,
		[...state.entries.values()].map(({ session }) => session),
		{ webRtcSessionId, remotePeerId, infoHash },
	);
	if (createEnd instanceof GiggityflixError) {
		await sayBye(state, webRtcSessionId, remotePeerId, createEnd);
		throw createEnd;
	}
	const { session } = addSession(state, {
		webRtcSessionId,
		remotePeerId,
		localPeerId: identity.peerId,
		role: 'owner',
		expectedKey: undefined,
		createEnd,
		onEnd: () => undefined,
	});
	try {
		await answerOffer(state, session, offer.sdp, identity.signer);
	} catch (caught) {
		const error = GiggityflixError.from(caught);
		session.end(error);
		await sayBye(state, webRtcSessionId, remotePeerId, error);
		throw error;
	}
}

async function answerOffer(
	state: State,
	session: WebRtcSession,
	offerSdp: string,
	signer: Signer,
): Promise<void> {
	const { webRtcSessionId, localPeerId, remotePeerId, link } = session;
	await link.accept(offerSdp, 'offer');
	for (const candidate of state.earlyCandidates.take(webRtcSessionId, remotePeerId)) {
		await session.takeCandidate(candidate);
	}
	const sdp = await link.describe();
	const context = {
		kind: 'answer',
		webRtcSessionId,
		fromPeerId: localPeerId,
		toPeerId: remotePeerId,
	} as const;
	await session.sendDescription({ case: 'answer', value: signDescription(sdp, context, signer) });
}

async function sayBye(
	state: State,
	webRtcSessionId: WebRtcSessionId,
	toPeerId: PeerId,
	error: GiggityflixError,
): Promise<void> {
	state.ended.set(webRtcSessionId, true);
	const step = { case: 'bye', value: error.toFailure() } as const;
	await state.options.signalling.send(
		create(PeerWebRTCMessageSchema, { webrtcSessionId: webRtcSessionId, toPeerId, step }),
	);
}

// ---------------------------------------------------------------- both

async function handleSignal(state: State, signal: WebRtcSignal): Promise<void> {
	try {
		if (state.isStopped) return;
		await takeStep(
			state,
			parseWebRtcSessionId(signal.webrtcSessionId),
			parsePeerId(signal.fromPeerId),
			signal,
		);
	} catch (caught) {
		const { code, message } = GiggityflixError.from(caught);
		state.options.logger.warn('a signal was dropped', {
			step: signal.step.case,
			fromPeerId: signal.fromPeerId.slice(0, 64),
			code,
			reason: message,
		});
	}
}

async function takeStep(
	state: State,
	webRtcSessionId: WebRtcSessionId,
	from: PeerId,
	{ step, infoHash }: Pick<WebRtcSignal, 'step' | 'infoHash'>,
): Promise<void> {
	if (step.case === 'offer') {
		return takeOffer(state, webRtcSessionId, from, step.value, infoHash);
	}
	const entry = state.entries.get(webRtcSessionId);
	if (entry === undefined) {
		// What comes after the end is late, not wrong.
		if (state.ended.has(webRtcSessionId)) return;
		if (step.case !== 'candidate') throw unknownSession();
		state.earlyCandidates.keep(webRtcSessionId, from, step.value);
		return;
	}
	const { session } = entry;
	if (session.remotePeerId !== from) throw unknownSession();
	switch (step.case) {
		case 'answer':
			return takeAnswer(entry, step.value);
		case 'candidate':
			return session.takeCandidate(step.value);
		case 'bye':
			// An open link says itself when it closes; a "bye" then could be the edge's invention.
			if (session.phase === 'negotiating') session.end(GiggityflixError.fromFailure(step.value));
			return;
		case undefined:
			throw new GiggityflixError('invalid-argument', 'a signal without a step');
	}
}

function addSession(
	state: State,
	session: Pick<
		WebRtcSessionOptions,
		'webRtcSessionId' | 'remotePeerId' | 'localPeerId' | 'role' | 'infoHash' | 'createEnd' | 'onEnd'
	> & { expectedKey: Uint8Array | undefined },
): Entry {
	const { links, signalling, clock } = state.options;
	const { webRtcSessionId, expectedKey, onEnd } = session;
	const entry: Entry = {
		session: createWebRtcSession({
			...session,
			...{ links, signalling, clock, bufferLowBytes },
			onEnd(error) {
				state.entries.delete(webRtcSessionId);
				state.ended.set(webRtcSessionId, true);
				onEnd(error);
			},
		}),
		expectedKey,
		publicKey: undefined,
	};
	state.entries.set(webRtcSessionId, entry);
	return entry;
}

function identityOf(state: State): { peerId: PeerId; signer: Signer } {
	const identity = state.options.signalling.identity();
	if (identity !== undefined && !state.isStopped) return identity;
	throw new GiggityflixError('unavailable', 'this peer cannot negotiate now');
}

function unknownSession(): GiggityflixError {
	return new GiggityflixError('not-found', 'a signal of an unknown session');
}
