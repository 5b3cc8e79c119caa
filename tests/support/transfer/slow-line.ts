// A line of so many bytes a second, shared evenly by everything that goes over it, in a time the test moves on.
import { GiggityflixError } from '../../../proto/errors.ts';

export interface SlowLine {
	/** Resolves when they have gone over it; rejects with the signal's reason. */
	send(bytes: number, signal: AbortSignal): Promise<void>;
	/** Lets so much time pass. */
	advance(durationMs: number): void;
	/** Fails everything that is going over it. */
	breakOff(): void;
	/** What has gone over it, also for nothing. */
	readonly sentBytes: number;
}

interface Sending {
	leftBytes: number;
	readonly resolve: () => void;
	readonly reject: (reason: Error) => void;
}

export function createSlowLine(bytesPerSecond: number): SlowLine {
	const running = new Set<Sending>();
	let sentBytes = 0;
	return {
		send: (bytes, signal) =>
			new Promise((resolve, reject) => {
				signal.throwIfAborted();
				const sending = { leftBytes: bytes, resolve, reject };
				running.add(sending);
				const onAbort = () => {
					running.delete(sending);
					reject(signal.reason as Error);
				};
				signal.addEventListener('abort', onAbort, { once: true });
			}),
		advance(durationMs) {
			let budgetBytes = (bytesPerSecond * durationMs) / 1000;
			while (budgetBytes > 0 && running.size > 0) {
				const least = Math.min(...[...running].map(({ leftBytes }) => leftBytes));
				const shareBytes = Math.min(least, budgetBytes / running.size);
				for (const sending of [...running]) {
					sending.leftBytes -= shareBytes;
					sentBytes += shareBytes;
					budgetBytes -= shareBytes;
					if (sending.leftBytes > 1e-6) continue;
					running.delete(sending);
					sending.resolve();
				}
				if (budgetBytes < 1e-6) break;
			}
		},
		breakOff() {
			for (const { reject } of running) {
				reject(new GiggityflixError('unavailable', 'the line has broken'));
			}
			running.clear();
		},
		get sentBytes() {
			return sentBytes;
		},
	};
}
