// The upload cap of this peer: one token bucket for the frames of all links, first come first served.
// The rule: without a cap no promise, no timer, nothing. With one, waiting is by the clock's sleep alone.
import type { Clock } from '../../ports.ts';
import { maxPayloadBytes } from '../frames.ts';

export interface UploadCap {
	/** Takes what a frame costs. `undefined`: send it now. Otherwise send it when the promise resolves. */
	take(bytes: number): Promise<void> | undefined;
	/** Largest payload to send under the present cap: about a tenth of a second of it. */
	maxPayloadBytes(): number;
}

/** Unused allowance is kept for this long, so that a burst stays a small one. */
const burstMs = 250;
/** A changed cap is noticed after this long even by frames that wait under a very small one. */
const longestSleepMs = 250;
/** Below it headers and encryption cost more than the payload. */
const smallestPayloadBytes = 8 * 1024;

export function createUploadCap(options: { clock: Clock; maxUploadKbps: () => number }): UploadCap {
	const { clock, maxUploadKbps } = options;
	const queue: { bytes: number; send: () => void }[] = [];
	let allowanceBytes = 0;
	let refilledAtMs = clock.monotonicMs();

	const bytesPerMs = () => maxUploadKbps() / 8;

	function refill(): void {
		const nowMs = clock.monotonicMs();
		const limitBytes = bytesPerMs() * burstMs;
		const earnedBytes = (nowMs - refilledAtMs) * bytesPerMs();
		allowanceBytes = Math.min(limitBytes, allowanceBytes + earnedBytes);
		refilledAtMs = nowMs;
	}

	/** Frames go as soon as the allowance is positive and may leave a debt: so any size passes under any cap. */
	async function drain(): Promise<void> {
		for (let first = queue[0]; first !== undefined; first = queue[0]) {
			refill();
			if (allowanceBytes > 0 || bytesPerMs() === 0) {
				allowanceBytes -= bytesPerMs() === 0 ? 0 : first.bytes;
				queue.shift();
				first.send();
			} else {
				const waitMs = Math.ceil(-allowanceBytes / bytesPerMs()) + 1;
				await clock.sleep(Math.min(waitMs, longestSleepMs));
			}
		}
	}

	return {
		take(bytes) {
			if (bytesPerMs() === 0 && queue.length === 0) return undefined;
			refill();
			if (queue.length === 0 && allowanceBytes > 0) {
				allowanceBytes -= bytes;
				return undefined;
			}
			return new Promise((resolve) => {
				queue.push({ bytes, send: resolve });
				if (queue.length === 1) void drain();
			});
		},
		maxPayloadBytes() {
			if (bytesPerMs() === 0) return maxPayloadBytes;
			const tenthOfSecondBytes = Math.floor(bytesPerMs() * 100);
			return Math.min(maxPayloadBytes, Math.max(smallestPayloadBytes, tenthOfSecondBytes));
		},
	};
}
