// The core's clock in a page: time by Date and performance, sleeping by a small worker, whose timers run
// on when the page is hidden. Where the worker cannot start or dies, the page's own timers do it.
import type { Clock } from '../../../peer/ports.ts';
import type { TimerCommand, TimerRing } from '../workers/timer-protocol.ts';

/** Starts timers; each calls back once unless cancelled. */
interface Timers {
	start(durationMs: number, onRing: () => void): () => void;
}

export function browserClock(): Clock {
	const timers = typeof Worker === 'undefined' ? pageTimers : workerTimers();
	return {
		now: () => Date.now(),
		monotonicMs: () => performance.now(),
		sleep: (durationMs, signal) =>
			new Promise((resolve, reject) => {
				signal?.throwIfAborted();
				const onAbort = () => {
					cancel();
					reject(signal?.reason as Error);
				};
				const cancel = timers.start(Math.min(durationMs, maxTimerMs), () => {
					signal?.removeEventListener('abort', onAbort);
					resolve();
				});
				signal?.addEventListener('abort', onAbort, { once: true });
			}),
	};
}

/** A longer timer would overflow 32 bits and ring at once; 24 days are as good as for ever to a page. */
const maxTimerMs = 2 ** 31 - 1;

const pageTimers: Timers = {
	start: (durationMs, onRing) => {
		const timer = setTimeout(onRing, durationMs);
		return () => clearTimeout(timer);
	},
};

function workerTimers(): Timers {
	const worker = new Worker(new URL('../workers/timer.worker.ts', import.meta.url), {
		type: 'module',
	});
	const waiting = new Map<number, { onRing: () => void; endsAtMs: number }>();
	let lastId = 0;
	let isDead = false;

	worker.addEventListener('message', (event: MessageEvent<TimerRing>) => {
		const timer = waiting.get(event.data.id);
		waiting.delete(event.data.id);
		timer?.onRing();
	});
	// The script did not load, for example offline after an update: nobody may wait for ever.
	worker.addEventListener('error', () => {
		isDead = true;
		for (const [id, { onRing, endsAtMs }] of waiting) {
			const ringOnce = () => {
				if (waiting.delete(id)) onRing();
			};
			pageTimers.start(Math.max(0, endsAtMs - performance.now()), ringOnce);
		}
	});

	return {
		start: (durationMs, onRing) => {
			if (isDead) return pageTimers.start(durationMs, onRing);
			const id = ++lastId;
			waiting.set(id, { onRing, endsAtMs: performance.now() + durationMs });
			worker.postMessage({ type: 'start', id, durationMs } satisfies TimerCommand);
			return () => {
				if (!waiting.delete(id)) return;
				worker.postMessage({ type: 'cancel', id } satisfies TimerCommand);
			};
		},
	};
}
