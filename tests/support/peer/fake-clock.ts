// A clock that stands still until a test moves it. Between two timers it lets promises settle, so that code
// that sleeps in a loop behaves as it does in real time.
import type { Clock } from '../../../peer/ports.ts';

export interface FakeClock extends Clock {
	/** Moves time on, waking sleepers in order. */
	advance(durationMs: number): Promise<void>;
	/** Moves time on in small steps until `condition` holds; fails after `limitMs`. */
	until(condition: () => boolean, limitMs?: number): Promise<void>;
}

interface Sleeper {
	readonly wakeAtMs: number;
	wake(): void;
}

export function createFakeClock(startMs = 1_700_000_000_000): FakeClock {
	let nowMs = 0;
	let sleepers: Sleeper[] = [];

	async function advance(durationMs: number): Promise<void> {
		const endMs = nowMs + durationMs;
		await settle();
		for (;;) {
			const next = sleepers
				.filter(({ wakeAtMs }) => wakeAtMs <= endMs)
				.sort((one, other) => one.wakeAtMs - other.wakeAtMs)[0];
			if (!next) break;
			nowMs = Math.max(nowMs, next.wakeAtMs);
			next.wake();
			await settle();
		}
		nowMs = endMs;
	}

	return {
		now: () => startMs + nowMs,
		monotonicMs: () => nowMs,
		sleep(durationMs, signal) {
			return new Promise((resolve, reject) => {
				if (signal?.aborted) {
					reject(signal.reason as Error);
					return;
				}
				const onAbort = (): void => {
					sleepers = sleepers.filter((other) => other !== sleeper);
					reject(signal?.reason as Error);
				};
				const sleeper: Sleeper = {
					wakeAtMs: nowMs + Math.max(0, durationMs),
					wake() {
						sleepers = sleepers.filter((other) => other !== sleeper);
						signal?.removeEventListener('abort', onAbort);
						resolve();
					},
				};
				signal?.addEventListener('abort', onAbort, { once: true });
				sleepers.push(sleeper);
			});
		},
		advance,
		async until(condition, limitMs = 60_000) {
			await settle();
			const endMs = nowMs + limitMs;
			while (!condition()) {
				if (nowMs >= endMs) throw new Error(`nothing after ${String(limitMs)} ms`);
				await advance(10);
			}
		},
	};
}

/** Lets everything run that does not wait for time. */
export async function settle(): Promise<void> {
	for (let turn = 0; turn < 4; turn += 1) {
		await new Promise<void>((resolve) => {
			setImmediate(resolve);
		});
	}
}
