// PeerLinks over node-datachannel (libdatachannel); the only file that knows it. One negotiated channel a
// connection, as browsers make it. The rule: connection and channel are held here until the link ends, because
// node-datachannel lets go of whatever nobody holds, and data then stops in silence. Knows nothing of who
// signals or what is sent.
import { PeerConnection, type DataChannel, type IceServer as RtcServer } from 'node-datachannel';
import { GiggityflixError } from '../../proto/errors.ts';
import type { IceServer } from '../../proto/gen/giggityflix/v1/peer_edge_pb.js';
import type { Clock, PeerLink, PeerLinkEvents, PeerLinks } from '../ports.ts';
import { parseIceServer } from './ice-server-url.ts';

/** A Wi-Fi that changes its access point is back in less; ICE itself gives up after 15–30 s, too late for a film. */
const disconnectedGraceMs = 4000;

export interface DataChannelLinksOptions {
	readonly clock: Clock;
	/** Asked besides those the edge names. */
	readonly ownServers: readonly RtcServer[];
}

/** One connection with what it is in the middle of. */
interface Rtc {
	readonly connection: PeerConnection;
	readonly events: PeerLinkEvents;
	readonly clock: Clock;
	readonly bufferLowBytes: number;
	channel: DataChannel | undefined;
	hasRemoteDescription: boolean;
	readonly earlyCandidates: { candidate: string; sdpMid: string }[];
	readonly lifetime: AbortController;
	isOpen: boolean;
}

export function dataChannelLinks({ clock, ownServers }: DataChannelLinksOptions): PeerLinks {
	const live = new Set<Rtc>();
	return {
		create({ iceServers, bufferLowBytes, events }) {
			const rtc: Rtc = {
				connection: new PeerConnection('giggityflix', {
					iceServers: [...ownServers, ...iceServers.flatMap(serversOf)],
					// Otherwise a channel makes an offer by itself, also where an answer is due.
					disableAutoNegotiation: true,
				}),
				...{ events, clock, bufferLowBytes },
				channel: undefined,
				hasRemoteDescription: false,
				earlyCandidates: [],
				lifetime: new AbortController(),
				isOpen: false,
			};
			live.add(rtc);
			rtc.lifetime.signal.addEventListener('abort', () => live.delete(rtc), { once: true });
			listenToConnection(rtc);
			return linkOf(rtc);
		},
	};
}

/** What libdatachannel can use of a server; an address it does not know is left out. */
function serversOf({ urls, username, credential }: IceServer): RtcServer[] {
	return urls.flatMap((url) => {
		const server = parseIceServer(url);
		if (server === undefined) return [];
		return username === '' ? [server] : [{ ...server, username, password: credential }];
	});
}

function linkOf(rtc: Rtc): PeerLink {
	return {
		describe: async () => describe(rtc),
		accept: async (sdp, kind) => accept(rtc, sdp, kind),
		addCandidate: async (candidate) => addCandidate(rtc, candidate),
		send(bytes) {
			// A channel that is closing has told nobody yet; what is sent to it is lost like the link.
			if (rtc.channel?.isOpen() !== true) return;
			try {
				rtc.channel.sendMessageBinary(bytes);
			} catch {
				// It closed between the look and the send.
				queueMicrotask(() => lose(rtc));
			}
		},
		bufferedBytes: () => (rtc.lifetime.signal.aborted ? 0 : (rtc.channel?.bufferedAmount() ?? 0)),
		route: async () => findRoute(rtc),
		close: () => release(rtc),
	};
}

function describe(rtc: Rtc): string {
	const { connection } = rtc;
	if (!rtc.hasRemoteDescription) openChannel(rtc);
	connection.setLocalDescription(rtc.hasRemoteDescription ? 'answer' : 'offer');
	const description = connection.localDescription();
	if (description === null) throw new GiggityflixError('internal', 'no description was made');
	return description.sdp;
}

function accept(rtc: Rtc, sdp: string, kind: 'offer' | 'answer'): void {
	rtc.connection.setRemoteDescription(sdp, kind);
	rtc.hasRemoteDescription = true;
	if (kind === 'offer') openChannel(rtc);
	for (const candidate of rtc.earlyCandidates.splice(0)) addCandidate(rtc, candidate);
}

function addCandidate(rtc: Rtc, candidate: { candidate: string; sdpMid: string }): void {
	if (rtc.lifetime.signal.aborted) return;
	if (!rtc.hasRemoteDescription) {
		rtc.earlyCandidates.push(candidate);
		return;
	}
	// The end of candidates is said by an empty one, which libdatachannel does not take.
	if (candidate.candidate === '') return;
	rtc.connection.addRemoteCandidate(candidate.candidate, candidate.sdpMid);
}

function listenToConnection(rtc: Rtc): void {
	const { connection, events, lifetime } = rtc;
	connection.onLocalCandidate((candidate, sdpMid) => {
		if (lifetime.signal.aborted) return;
		// Some versions write the line as SDP has it, with "a=" in front.
		events.onCandidate({ candidate: candidate.replace(/^a=/, ''), sdpMid });
	});
	connection.onGatheringStateChange((state) => {
		// The other side waits for the end, which libdatachannel tells by its state alone.
		if (state === 'complete' && !lifetime.signal.aborted) {
			events.onCandidate({ candidate: '', sdpMid: '0' });
		}
	});
	connection.onStateChange((state) => {
		if (state === 'disconnected') void loseAfterGrace(rtc);
		if (state === 'failed' || state === 'closed') lose(rtc);
	});
}

async function loseAfterGrace(rtc: Rtc): Promise<void> {
	try {
		await rtc.clock.sleep(disconnectedGraceMs, rtc.lifetime.signal);
	} catch {
		return; // Closed in the meantime.
	}
	if (rtc.connection.state() === 'disconnected') lose(rtc);
}

function openChannel(rtc: Rtc): void {
	const { events, lifetime } = rtc;
	const channel = rtc.connection.createDataChannel('giggityflix', { negotiated: true, id: 0 });
	rtc.channel = channel;
	channel.setBufferedAmountLowThreshold(rtc.bufferLowBytes);
	channel.onOpen(() => {
		if (lifetime.signal.aborted) return;
		rtc.isOpen = true;
		events.onOpen();
	});
	channel.onMessage((message) => {
		if (!lifetime.signal.aborted && typeof message !== 'string') {
			events.onMessage(bytesOf(message));
		}
	});
	channel.onBufferedAmountLow(() => {
		if (!lifetime.signal.aborted) events.onBufferLow();
	});
	channel.onClosed(() => lose(rtc));
}

/** A Buffer of the binding owns its memory, unless it is a part of a larger one. */
function bytesOf(message: Buffer | ArrayBuffer): Uint8Array<ArrayBuffer> {
	if (message instanceof ArrayBuffer) return new Uint8Array(message);
	const { buffer, byteOffset, byteLength } = message;
	return buffer instanceof ArrayBuffer
		? new Uint8Array(buffer, byteOffset, byteLength)
		: new Uint8Array(message);
}

function lose(rtc: Rtc): void {
	if (rtc.lifetime.signal.aborted) return;
	release(rtc);
	rtc.events.onClose(
		rtc.isOpen
			? new GiggityflixError('unavailable', 'the link was lost')
			: new GiggityflixError('timed-out', 'no route to the peer was found'),
	);
}

function release(rtc: Rtc): void {
	if (rtc.lifetime.signal.aborted) return;
	rtc.lifetime.abort();
	rtc.connection.close();
}

function findRoute({ connection, lifetime }: Rtc): 'direct' | 'relayed' | 'unknown' {
	const pair = lifetime.signal.aborted ? null : connection.getSelectedCandidatePair();
	if (pair === null) return 'unknown';
	return [pair.local, pair.remote].some(({ type }) => /^relay/i.test(type)) ? 'relayed' : 'direct';
}
