// PeerLinks over RTCPeerConnection; the only file that knows how to work with one. Making it is a
// parameter, so the same file runs in Node on node-datachannel's. One negotiated channel a connection:
// both sides make it, which saves a round trip. Knows nothing of who signals or what is sent.
import type { IceServer } from '../../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Clock, PeerLink, PeerLinkEvents, PeerLinks } from '../../../peer/ports.ts';
import { createLinkLife, type LinkLife } from '../../../peer/transfer/negotiation/link-life.ts';

type Candidate = { readonly candidate: string; readonly sdpMid?: string | null | undefined };
type Description = { readonly type: 'offer' | 'answer'; readonly sdp: string };

/** What is used of RTCPeerConnection. */
export interface RtcConnection {
	readonly connectionState: string;
	createDataChannel(
		label: string,
		options: { negotiated: boolean; id: number; ordered: boolean },
	): RtcChannel;
	createOffer(): Promise<{ sdp?: string }>;
	createAnswer(): Promise<{ sdp?: string }>;
	setLocalDescription(description: Description): Promise<void>;
	setRemoteDescription(description: Description): Promise<void>;
	addIceCandidate(candidate: { candidate: string; sdpMid: string }): Promise<void>;
	getStats(): Promise<{ values(): Iterable<unknown> }>;
	addEventListener(type: 'connectionstatechange', listener: () => void): void;
	/** The event has a `candidate`; Node's and the DOM's types of it have nothing more in common. */
	addEventListener(type: 'icecandidate', listener: (event: object) => void): void;
	close(): void;
}

/** What is used of RTCDataChannel. */
export interface RtcChannel {
	readonly readyState: string;
	readonly bufferedAmount: number;
	bufferedAmountLowThreshold: number;
	binaryType: string;
	send(bytes: Uint8Array<ArrayBuffer>): void;
	addEventListener(type: 'open' | 'close' | 'bufferedamountlow', listener: () => void): void;
	/** The event has `data`. */
	addEventListener(type: 'message', listener: (event: object) => void): void;
}

export interface RtcConfiguration {
	iceServers: { urls: string[]; username?: string; credential?: string }[];
}

export interface RtcPeerLinksOptions {
	/** `new RTCPeerConnection(configuration)`, or another with the same interface. */
	readonly createConnection: (configuration: RtcConfiguration) => RtcConnection;
	readonly clock: Clock;
}

/** One connection with what it is in the middle of. */
interface Rtc {
	readonly connection: RtcConnection;
	readonly events: PeerLinkEvents;
	readonly life: LinkLife;
	readonly bufferLowBytes: number;
	/** Kept here because node-datachannel lets go of a channel nobody holds. */
	channel: RtcChannel | undefined;
	hasRemoteDescription: boolean;
}

/** The edge's servers as RTCPeerConnection takes them: STUN has no user name. */
export function rtcIceServers(iceServers: readonly IceServer[]): RtcConfiguration['iceServers'] {
	return iceServers.map(({ urls, username, credential }) =>
		username === '' ? { urls } : { urls, username, credential },
	);
}

export function createRtcPeerLinks({ createConnection, clock }: RtcPeerLinksOptions): PeerLinks {
	// A connection is held until it is closed; a listener alone does not keep it from being collected everywhere.
	const live = new Set<Rtc>();
	return {
		create({ iceServers, bufferLowBytes, events }) {
			const connection = createConnection({ iceServers: rtcIceServers(iceServers) });
			const rtc: Rtc = {
				...{ connection, events, bufferLowBytes },
				life: createLinkLife({
					...{ events, clock },
					state: () => connection.connectionState,
					close: () => connection.close(),
				}),
				channel: undefined,
				hasRemoteDescription: false,
			};
			live.add(rtc);
			rtc.life.ended.addEventListener('abort', () => live.delete(rtc), { once: true });
			listenToConnection(rtc);
			return createLink(rtc);
		},
	};
}

function createLink(rtc: Rtc): PeerLink {
	return {
		describe: () => describe(rtc),
		accept: (sdp, kind) => accept(rtc, sdp, kind),
		addCandidate: (candidate) => addCandidate(rtc, candidate),
		send(bytes) {
			// A channel that is closing has told nobody yet; what is sent to it is lost like the link.
			if (rtc.channel?.readyState !== 'open') return;
			try {
				rtc.channel.send(bytes);
			} catch {
				// It closed between the look and the send (node-datachannel), or its buffer is full.
				queueMicrotask(() => rtc.life.lose());
			}
		},
		bufferedBytes: () => rtc.channel?.bufferedAmount ?? 0,
		route: () => findRoute(rtc.connection),
		close: rtc.life.release,
	};
}

async function describe(rtc: Rtc): Promise<string> {
	if (rtc.hasRemoteDescription) {
		const { sdp = '' } = await rtc.connection.createAnswer();
		await rtc.connection.setLocalDescription({ type: 'answer', sdp });
		return sdp;
	}
	openChannel(rtc);
	const { sdp = '' } = await rtc.connection.createOffer();
	await rtc.connection.setLocalDescription({ type: 'offer', sdp });
	return sdp;
}

async function accept(rtc: Rtc, sdp: string, kind: 'offer' | 'answer'): Promise<void> {
	await rtc.connection.setRemoteDescription({ type: kind, sdp });
	rtc.hasRemoteDescription = true;
	// Not before: node-datachannel makes an offer of its own as soon as there is a channel.
	if (kind === 'offer') openChannel(rtc);
}

async function addCandidate(
	rtc: Rtc,
	candidate: { candidate: string; sdpMid: string },
): Promise<void> {
	// The end of candidates is said by an empty one, which not every implementation takes.
	if (candidate.candidate === '') return;
	await rtc.connection.addIceCandidate(candidate);
}

function listenToConnection(rtc: Rtc): void {
	const { connection, events, life } = rtc;
	connection.addEventListener('icecandidate', (event) => {
		if (life.ended.aborted) return;
		const { candidate } = event as { readonly candidate: Candidate | null };
		events.onCandidate({
			candidate: candidate?.candidate ?? '',
			sdpMid: candidate?.sdpMid ?? '0',
		});
	});
	connection.addEventListener('connectionstatechange', life.stateChanged);
}

function openChannel(rtc: Rtc): void {
	const { connection, events, life } = rtc;
	const options = { negotiated: true, id: 0, ordered: true };
	const channel = connection.createDataChannel('giggityflix', options);
	rtc.channel = channel;
	channel.binaryType = 'arraybuffer';
	channel.bufferedAmountLowThreshold = rtc.bufferLowBytes;
	channel.addEventListener('open', life.opened);
	channel.addEventListener('message', (event) => {
		if (life.ended.aborted || !('data' in event)) return;
		if (event.data instanceof ArrayBuffer) events.onMessage(new Uint8Array(event.data));
	});
	channel.addEventListener('bufferedamountlow', () => {
		if (!life.ended.aborted) events.onBufferLow();
	});
	channel.addEventListener('close', () => rtc.life.lose());
}

/** By the candidate pair in use, as getStats tells it (https://www.w3.org/TR/webrtc-stats/). */
async function findRoute(connection: RtcConnection): Promise<'direct' | 'relayed' | 'unknown'> {
	const report = await connection.getStats();
	const stats = [...report.values()] as {
		readonly id: string;
		readonly type: string;
		readonly nominated?: boolean;
		readonly state?: string;
		readonly localCandidateId?: string;
		readonly remoteCandidateId?: string;
		readonly candidateType?: string;
	}[];
	const pair = stats.find(
		({ type, nominated, state }) =>
			type === 'candidate-pair' && nominated === true && state === 'succeeded',
	);
	if (pair === undefined) return 'unknown';
	const ends = stats.filter(
		({ id }) => id === pair.localCandidateId || id === pair.remoteCandidateId,
	);
	return ends.some(({ candidateType }) => candidateType === 'relay') ? 'relayed' : 'direct';
}
