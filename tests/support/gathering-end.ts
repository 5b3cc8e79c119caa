// WebRTC in Node never says that gathering has ended: webrtc-polyfill reports the state and leaves out the
// null candidate that the specification wants. WebTorrent's peers wait for it, 5 seconds each way, and then
// may drop each other's duplicates. Call before the first connection is made.
import { RTCPeerConnection } from 'webrtc-polyfill';

export function reportGatheringEnd(): void {
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
