// A clock that stands still until a test moves it. Serves every server-side Clock port.

export interface ManualClock {
	now(): number;
	monotonicMs(): number;
	after(delayMs: number, callback: () => void): () => void;
	/** Moves time on and runs what became due, in order of its time. */
	advance(durationMs: number): void;
	/** Sets the clock on the wall, as its owner may: no time has passed. */
	jump(byMs: number): void;
	/** How many callbacks are still waiting. */
	pending(): number;
}

export function createManualClock(startMs = 1_700_000_000_000): ManualClock {
	let elapsedMs = 0;
	let setByMs = 0;
	let timers: { dueMs: number; callback: () => void }[] = [];
	return {
		now: () => startMs + elapsedMs + setByMs,
		monotonicMs: () => elapsedMs,
		after(delayMs, callback) {
			const timer = { dueMs: elapsedMs + delayMs, callback };
			timers.push(timer);
			return () => {
				timers = timers.filter((other) => other !== timer);
			};
		},
		advance(durationMs) {
			const endMs = elapsedMs + durationMs;
			for (;;) {
				const [next] = timers.toSorted((a, b) => a.dueMs - b.dueMs);
				if (!next || next.dueMs > endMs) break;
				timers = timers.filter((other) => other !== next);
				elapsedMs = next.dueMs;
				next.callback();
			}
			elapsedMs = endMs;
		},
		jump(byMs) {
			setByMs += byMs;
		},
		pending: () => timers.length,
	};
}
