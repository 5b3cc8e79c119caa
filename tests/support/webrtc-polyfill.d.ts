// The part of webrtc-polyfill the tests mend; its own types need the browser's library.
declare module 'webrtc-polyfill' {
	export class RTCPeerConnection extends EventTarget {
		readonly iceGatheringState: 'new' | 'gathering' | 'complete';
		onicecandidate: ((event: { candidate: null }) => void) | undefined;
		setLocalDescription(description?: unknown): Promise<void>;
	}
}
