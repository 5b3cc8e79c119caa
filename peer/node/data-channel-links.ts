// PeerLinks over node-datachannel (libdatachannel); the only file that knows it. One negotiated channel a
// connection, as browsers make it. The rule: connection and channel are held here until the link ends, because
// node-datachannel lets go of whatever nobody holds, and data then stops in silence. Knows nothing of who
// signals or what is sent.
import { PeerConnection, type DataChannel, type IceServer as RtcServer } from 'node-datachannel';
import { GiggityflixError } from '../../proto/errors.ts';
import type { Clock, PeerLink, PeerLinkEvents, PeerLinks } from '../ports.ts';
import { createLinkLife, type LinkLife } from '../transfer/negotiation/link-life.ts';
import { addressesOf } from './ice-server-url.ts';

export interface DataChannelLinksOptions {
	readonly clock: Clock;
	/** Asked besides those the edge names. */
	readonly ownServers: readonly RtcServer[];
}

/** One connection with what it is in the middle of. */
interface Rtc {
	readonly connection: PeerConnection;
	readonly events: PeerLinkEvents;
	readonly life: LinkLife;
	readonly bufferLowBytes: number;
	channel: DataChannel | undefined;
	hasRemoteDescription: boolean;
	/** Found by the side that offers before the answer is here; `undefined` from then on, and at the other side. */
	withheld: Candidate[] | undefined;
}

type Candidate = Parameters<PeerLink['addCandidate']>[0];

export function dataChannelLinks({ clock, ownServers }: DataChannelLinksOptions): PeerLinks {
	const live = new Set<Rtc>();
	return {
		create({ iceServers, bufferLowBytes, events }) {
			const connection = new PeerConnection('giggityflix', {
				iceServers: [...ownServers, ...iceServers.flatMap(addressesOf)],
				// Otherwise a channel makes an offer by itself, also where an answer is due.
				disableAutoNegotiation: true,
			});
			const rtc: Rtc = {
				...{ connection, events, bufferLowBytes },
				life: createLinkLife({
					...{ events, clock },
					state: () => connection.state(),
					close: () => connection.close(),
				}),
				channel: undefined,
				hasRemoteDescription: false,
				withheld: undefined,
			};
			live.add(rtc);
			rtc.life.ended.addEventListener('abort', () => live.delete(rtc), { once: true });
			listenToConnection(rtc);
			return linkOf(rtc);
		},
	};
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
				queueMicrotask(() => rtc.life.lose());
			}
		},
		bufferedBytes: () => (rtc.life.ended.aborted ? 0 : (rtc.channel?.bufferedAmount() ?? 0)),
		route: async () => findRoute(rtc),
		close: rtc.life.release,
	};
}

function describe(rtc: Rtc): string {
	const { connection } = rtc;
	const kind = rtc.hasRemoteDescription ? 'answer' : 'offer';
	if (kind === 'offer') {
		rtc.withheld = [];
		openChannel(rtc);
	}
	connection.setLocalDescription(kind);
	const sdp = connection.localDescription()?.sdp;
	if (sdp === undefined) throw new GiggityflixError('internal', 'no description was made');
	return kind === 'offer' ? withoutCandidates(sdp) : sdp;
}

/**
 * libdatachannel hands an answer to ICE before it keeps the fingerprint in it. If the other side's checks come by then,
 * ICE connects in between, and the handshake meets a certificate it knows nothing of ("unknown CA"). So the other side
 * is told where to send its checks when its answer has been taken: it is found by ours until then.
 */
function withoutCandidates(sdp: string): string {
	return sdp.replace(/^a=(candidate:.*|end-of-candidates)\r?\n/gm, '');
}

function accept(rtc: Rtc, sdp: string, kind: 'offer' | 'answer'): void {
	rtc.connection.setRemoteDescription(sdp, kind);
	rtc.hasRemoteDescription = true;
	if (kind === 'offer') openChannel(rtc);
	for (const candidate of rtc.withheld ?? []) rtc.events.onCandidate(candidate);
	rtc.withheld = undefined;
}

function addCandidate({ connection, life }: Rtc, { candidate, sdpMid }: Candidate): void {
	// The end of candidates is said by an empty one, which libdatachannel does not take.
	if (life.ended.aborted || candidate === '') return;
	connection.addRemoteCandidate(candidate, sdpMid);
}

function listenToConnection(rtc: Rtc): void {
	const { connection, life } = rtc;
	connection.onLocalCandidate((candidate, sdpMid) => {
		// Some versions write the line as SDP has it, with "a=" in front.
		tellCandidate(rtc, { candidate: candidate.replace(/^a=/, ''), sdpMid });
	});
	connection.onGatheringStateChange((state) => {
		// The other side waits for the end, which libdatachannel tells by its state alone.
		if (state === 'complete') tellCandidate(rtc, { candidate: '', sdpMid: '0' });
	});
	connection.onStateChange(life.stateChanged);
}

function tellCandidate({ life, withheld, events }: Rtc, candidate: Candidate): void {
	if (life.ended.aborted) return;
	if (withheld) withheld.push(candidate);
	else events.onCandidate(candidate);
}

function openChannel(rtc: Rtc): void {
	const { events, life } = rtc;
	const channel = rtc.connection.createDataChannel('giggityflix', { negotiated: true, id: 0 });
	rtc.channel = channel;
	channel.setBufferedAmountLowThreshold(rtc.bufferLowBytes);
	channel.onOpen(life.opened);
	channel.onMessage((message) => {
		if (!life.ended.aborted && typeof message !== 'string') {
			events.onMessage(bytesOf(message));
		}
	});
	channel.onBufferedAmountLow(() => {
		if (!life.ended.aborted) events.onBufferLow();
	});
	channel.onClosed(() => rtc.life.lose());
}

/** A Buffer of the binding owns its memory, unless it is a part of a larger one. */
function bytesOf(message: Buffer | ArrayBuffer): Uint8Array<ArrayBuffer> {
	if (message instanceof ArrayBuffer) return new Uint8Array(message);
	const { buffer, byteOffset, byteLength } = message;
	return buffer instanceof ArrayBuffer
		? new Uint8Array(buffer, byteOffset, byteLength)
		: new Uint8Array(message);
}

function findRoute({ connection, life }: Rtc): 'direct' | 'relayed' | 'unknown' {
	const pair = life.ended.aborted ? null : connection.getSelectedCandidatePair();
	if (pair === null) return 'unknown';
	return [pair.local, pair.remote].some(({ type }) => /^relay/i.test(type)) ? 'relayed' : 'direct';
}
