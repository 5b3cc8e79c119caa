// The part of webrtc-polyfill the tests mend; its own types need the browser's library.
declare module 'webrtc-polyfill' {
	export interface Description {
		readonly type: string;
		readonly sdp: string;
	}
	export class RTCPeerConnection extends EventTarget {
		readonly iceGatheringState: 'new' | 'gathering' | 'complete';
		onicecandidate: ((event: { candidate: null }) => void) | undefined;
		setLocalDescription(description?: unknown): Promise<void>;
		setRemoteDescription(description: Description): Promise<void>;
		addIceCandidate(candidate: { candidate: string; sdpMid: string }): Promise<void>;
	}
}
