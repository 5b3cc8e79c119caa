// How fast a source is while it is asked for something: idle time does not count, unlike in rate-meter.ts, and
// what happened long ago counts less and less. Pure but for what it remembers.

export interface BusyMeter {
	/** A request begins; several may run at once. */
	start(nowMs: number): void;
	/** Bytes came; none at all says that time has passed without. */
	add(bytes: number, nowMs: number): void;
	/** A request is over. */
	stop(nowMs: number): void;
	/** `undefined` before there is enough to tell. */
	bytesPerSecond(): number | undefined;
}

/** What is older counts half. */
const memoryMs = 4000;
/** Two bytes in the same millisecond are no gigabyte a second. */
const shortestMs = 5;

export function createBusyMeter(): BusyMeter {
	let running = 0;
	let lastMs = 0;
	let busyMs = 0;
	let bytesThen = 0;

	function pass(nowMs: number): void {
		if (running > 0) busyMs += Math.max(0, nowMs - lastMs);
		lastMs = nowMs;
		if (busyMs < memoryMs) return;
		busyMs /= 2;
		bytesThen /= 2;
	}

	return {
		start(nowMs) {
			pass(nowMs);
			running += 1;
		},
		add(bytes, nowMs) {
			bytesThen += bytes;
			pass(nowMs);
		},
		stop(nowMs) {
			pass(nowMs);
			running -= 1;
		},
		bytesPerSecond() {
			if (busyMs === 0 && bytesThen === 0) return undefined;
			return (bytesThen * 1000) / Math.max(shortestMs, busyMs);
		},
	};
}
