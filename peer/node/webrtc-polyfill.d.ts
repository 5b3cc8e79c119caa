// The part of webrtc-polyfill that is mended; its own types need the browser's library.
declare module 'webrtc-polyfill' {
	export interface Description {
		readonly type: string;
		readonly sdp: string;
	}

	export class RTCPeerConnection extends EventTarget {
		readonly iceGatheringState: 'new' | 'gathering' | 'complete';
		readonly localDescription: Description;
		onicecandidate: ((event: { candidate: object | null }) => void) | undefined;
		createDataChannel(label: string): unknown;
		createOffer(): Promise<unknown>;
		setLocalDescription(description?: unknown): Promise<void>;
		setRemoteDescription(description: Description): Promise<void>;
		addIceCandidate(candidate: { candidate: string; sdpMid: string }): Promise<void>;
		close(): void;
	}
}
