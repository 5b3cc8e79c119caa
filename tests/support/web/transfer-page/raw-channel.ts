// The fastest plain use of an RTCDataChannel: one buffer sent again and again, pumped by bufferedAmountLow,
// counted and dropped on arrival. What direct transfer is measured against.
import type { RawChannel } from './calls.ts';

const highWaterBytes = 4 * 1024 * 1024;
const lowWaterBytes = 1024 * 1024;

export function createRawChannel(): RawChannel {
	let connection = new RTCPeerConnection();
	let channel: RTCDataChannel | undefined;

	function prepare(): void {
		connection = new RTCPeerConnection();
		channel = connection.createDataChannel('raw', { negotiated: true, id: 0 });
		channel.binaryType = 'arraybuffer';
		channel.bufferedAmountLowThreshold = lowWaterBytes;
	}

	async function opened(): Promise<RTCDataChannel> {
		if (channel === undefined) throw new Error('no offer was made');
		const found = channel;
		if (found.readyState !== 'open') {
			await new Promise((resolve) => found.addEventListener('open', resolve, { once: true }));
		}
		return found;
	}

	async function gathered(): Promise<string> {
		while (connection.iceGatheringState !== 'complete') {
			await new Promise((resolve) =>
				connection.addEventListener('icegatheringstatechange', resolve, { once: true }),
			);
		}
		return connection.localDescription?.sdp ?? '';
	}

	return {
		async offer() {
			prepare();
			await connection.setLocalDescription();
			return gathered();
		},
		async answer(sdp) {
			prepare();
			await connection.setRemoteDescription({ type: 'offer', sdp });
			await connection.setLocalDescription();
			return gathered();
		},
		accept: (sdp) => connection.setRemoteDescription({ type: 'answer', sdp }),
		async send(totalBytes, messageBytes) {
			const open = await opened();
			const message = new Uint8Array(messageBytes);
			for (let sentBytes = 0; sentBytes < totalBytes; sentBytes += messageBytes) {
				if (open.bufferedAmount >= highWaterBytes) {
					await new Promise((resolve) =>
						open.addEventListener('bufferedamountlow', resolve, { once: true }),
					);
				}
				open.send(message);
			}
		},
		async receive(totalBytes) {
			const open = await opened();
			return new Promise((resolve) => {
				let bytes = 0;
				let startedAtMs: number | undefined;
				open.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
					startedAtMs ??= performance.now();
					bytes += data.byteLength;
					if (bytes >= totalBytes) resolve({ bytes, elapsedMs: performance.now() - startedAtMs });
				};
			});
		},
		close: () => connection.close(),
	};
}
