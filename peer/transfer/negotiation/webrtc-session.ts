// One negotiation and the link that comes of it: its two ends, its signals in the right order, its
// deadline. Which session a signal belongs to, and whether to believe it, is negotiation.ts's business.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { hexToBytes } from '@noble/hashes/utils.js';
import { GiggityflixError } from '../../../proto/errors.ts';
import {
	PeerWebRTCMessageSchema,
	type IceCandidate,
} from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { PeerId, WebRtcSessionId } from '../../../proto/ids.ts';
import type { Clock, PeerLink, PeerLinks } from '../../ports.ts';
import { checkCandidate, maxCandidatesPerSession } from './early-candidates.ts';
import type { InfoHash } from '../../torrent/info-hash.ts';
import type { LinkEnd } from './link-end.ts';
import type { Signalling } from '../transfers.ts';

/** Most people give up on a film after ten seconds; every route that works is found in three. */
const openTimeoutMs = 10_000;

export type SignalStep = NonNullable<MessageInitShape<typeof PeerWebRTCMessageSchema>['step']>;

export interface WebRtcSession {
	readonly webRtcSessionId: WebRtcSessionId;
	readonly remotePeerId: PeerId;
	readonly localPeerId: PeerId;
	/** The viewer offers, always, so that two offers never meet. */
	readonly role: 'viewer' | 'owner';
	readonly link: PeerLink;
	readonly phase: 'negotiating' | 'open' | 'ended';
	/** Takes the other side's SDP. Throws `unavailable` when it is none, or no link can come of it. */
	accept(sdp: string, kind: 'offer' | 'answer'): Promise<void>;
	/** Hands a candidate of the other side to the link, after its SDP. Throws when there are too many, or it is none. */
	takeCandidate(candidate: IceCandidate): Promise<void>;
	/** Sends the description; candidates found before follow it. Throws when it cannot be handed over. */
	sendDescription(step: SignalStep): Promise<void>;
	/** Closes the link and tells the end. Does nothing the second time. */
	end(error: GiggityflixError): void;
}

export interface WebRtcSessionOptions {
	readonly webRtcSessionId: WebRtcSessionId;
	readonly remotePeerId: PeerId;
	readonly localPeerId: PeerId;
	readonly role: 'viewer' | 'owner';
	/** The swarm the link is for; absent for a direct one. */
	readonly infoHash?: InfoHash | undefined;
	readonly links: PeerLinks;
	readonly signalling: Signalling;
	readonly clock: Clock;
	readonly bufferLowBytes: number;
	/** Makes what works on the link, when it has opened and before its first message. */
	readonly createEnd: (link: PeerLink, close: () => void) => LinkEnd;
	/** Once, however it ended. */
	readonly onEnd: (error: GiggityflixError) => void;
}

interface State {
	readonly options: WebRtcSessionOptions;
	readonly link: PeerLink;
	readonly deadline: AbortController;
	phase: WebRtcSession['phase'];
	linkEnd: LinkEnd | undefined;
	/** Candidates found before the description was sent; `undefined` from then on. */
	found: Candidate[] | undefined;
	takenCandidates: number;
	/** Candidates that came before the other side's SDP; `undefined` from then on. */
	early: Candidate[] | undefined;
}

type Candidate = Parameters<PeerLink['addCandidate']>[0];

export function createWebRtcSession(options: WebRtcSessionOptions): WebRtcSession {
	const { webRtcSessionId, remotePeerId, localPeerId, role } = options;
	const link = options.links.create({
		iceServers: options.signalling.iceServers(),
		bufferLowBytes: options.bufferLowBytes,
		events: {
			onCandidate: (candidate) => handleFound(state, candidate),
			onOpen: () => handleOpen(state),
			onMessage: (bytes) => state.linkEnd?.handleMessage(bytes),
			onBufferLow: () => state.linkEnd?.handleBufferLow(),
			onClose: (error) => end(state, GiggityflixError.from(error)),
		},
	});
	const state: State = {
		options,
		link,
		deadline: new AbortController(),
		phase: 'negotiating',
		linkEnd: undefined,
		found: [],
		takenCandidates: 0,
		early: [],
	};
	options.clock.sleep(openTimeoutMs, state.deadline.signal).then(
		() => end(state, new GiggityflixError('timed-out', 'no route to the peer was found in time')),
		// The deadline was lifted.
		() => undefined,
	);
	return {
		...{ webRtcSessionId, remotePeerId, localPeerId, role, link },
		get phase() {
			return state.phase;
		},
		accept: (sdp, kind) => accept(state, sdp, kind),
		takeCandidate: (candidate) => takeCandidate(state, candidate),
		sendDescription: (step) => sendDescription(state, step),
		end: (error) => end(state, error),
	};
}

function handleOpen(state: State): void {
	if (state.phase !== 'negotiating') return;
	state.phase = 'open';
	state.deadline.abort();
	state.linkEnd = state.options.createEnd(state.link, () =>
		end(state, new GiggityflixError('cancelled', 'the link was closed here')),
	);
}

function handleFound(state: State, candidate: Candidate): void {
	if (state.found === undefined) sendCandidate(state, candidate);
	else state.found.push(candidate);
}

async function sendDescription(state: State, step: SignalStep): Promise<void> {
	const sent = send(state, step);
	const found = state.found ?? [];
	state.found = undefined;
	for (const candidate of found) sendCandidate(state, candidate);
	await sent;
}

function sendCandidate(state: State, value: Candidate): void {
	if (state.phase !== 'negotiating') return;
	// One lost candidate is one route less; a lost edge ends the session by its deadline.
	send(state, { case: 'candidate', value }).catch(() => undefined);
}

function send(state: State, step: SignalStep): Promise<void> {
	const { signalling, webRtcSessionId, remotePeerId, infoHash } = state.options;
	return signalling.send(
		create(PeerWebRTCMessageSchema, {
			webrtcSessionId: webRtcSessionId,
			toPeerId: remotePeerId,
			step,
			...(infoHash && step.case === 'offer' && { infoHash: hexToBytes(infoHash) }),
		}),
	);
}

async function accept(state: State, sdp: string, kind: 'offer' | 'answer'): Promise<void> {
	try {
		await state.link.accept(sdp, kind);
	} catch (cause) {
		// What an implementation calls it says nothing about the other side.
		throw new GiggityflixError('unavailable', 'the description was not taken', { cause });
	}
	const early = state.early ?? [];
	state.early = undefined;
	for (const candidate of early) await addCandidate(state, candidate);
}

async function takeCandidate(state: State, candidate: IceCandidate): Promise<void> {
	state.takenCandidates++;
	if (state.takenCandidates > maxCandidatesPerSession) {
		throw new GiggityflixError('resource-exhausted', 'too many candidates');
	}
	checkCandidate(candidate);
	const { candidate: line, sdpMid } = candidate;
	if (state.early) state.early.push({ candidate: line, sdpMid });
	else await addCandidate(state, { candidate: line, sdpMid });
}

async function addCandidate({ link }: State, candidate: Candidate): Promise<void> {
	try {
		await link.addCandidate(candidate);
	} catch {
		// One that cannot be taken is one route less; a connection that closed meanwhile says so itself.
	}
}

function end(state: State, error: GiggityflixError): void {
	if (state.phase === 'ended') return;
	state.phase = 'ended';
	state.deadline.abort();
	state.link.close();
	state.linkEnd?.handleClosed(error);
	state.options.onEnd(error);
}
