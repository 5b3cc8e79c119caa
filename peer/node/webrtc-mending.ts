// What webtorrent's WebRTC in Node lacks (webrtc-polyfill, and libdatachannel below it), mended where it is: for every
// connection of the process that is made by the polyfill. Knows no swarm.
import { RTCPeerConnection } from 'webrtc-polyfill';

/** By then an answer has reached whoever made the offer. */
const answerTimeMs = 300;

/**
 * With its last connection the polyfill ends every connection of node-datachannel in the process, also those that are
 * not its own. This one never connects and never closes, so that no other is the last.
 */
let held: RTCPeerConnection | undefined;

/** Call before the first connection is made; later calls do nothing. */
export function mendWebRtc(): void {
	if (held !== undefined) return;
	held = new RTCPeerConnection();
	reportGatheringEnd();
	answerBeforeConnecting();
}

/**
 * The polyfill reports the state and leaves out the null candidate that the specification wants. WebTorrent's peers wait
 * for it, 5 seconds each way, and then may drop each other's duplicates.
 */
function reportGatheringEnd(): void {
	const { prototype } = RTCPeerConnection;
	const original = prototype.setLocalDescription;
	prototype.setLocalDescription = async function (description) {
		await original.call(this, description);
		const reportWhenComplete = (): void => {
			if (this.iceGatheringState !== 'complete') return;
			this.removeEventListener('icegatheringstatechange', reportWhenComplete);
			this.onicecandidate?.({ candidate: null });
		};
		this.addEventListener('icegatheringstatechange', reportWhenComplete);
		reportWhenComplete();
	};
}

/**
 * libdatachannel gives an answer to ICE before it keeps the fingerprint in it. When the other side's checks are there
 * already, ICE connects in between, the handshake finds a certificate it knows nothing of ("unknown CA"), and the client
 * repeats its offer after 50 s. So who answers does not know where to send its checks until its answer has arrived.
 * Others who answer do know; where that ends a connection, the swarm announces again (early-announces.ts).
 */
function answerBeforeConnecting(): void {
	const { prototype } = RTCPeerConnection;
	const original = prototype.setRemoteDescription;
	prototype.setRemoteDescription = async function (description) {
		if (description.type !== 'offer') return original.call(this, description);
		const lines = description.sdp.split('\r\n');
		const isCandidate = (line: string) => line.startsWith('a=candidate:');
		const sdp = lines.filter((line) => !isCandidate(line)).join('\r\n');
		await original.call(this, { type: 'offer', sdp });
		setTimeout(() => {
			for (const line of lines.filter(isCandidate)) {
				// It may have connected and closed meanwhile.
				this.addIceCandidate({ candidate: line.slice(2), sdpMid: '0' }).catch(() => undefined);
			}
		}, answerTimeMs).unref();
	};
}
