// When the library looks for changes by itself: a while after the last look, as the settings say. Knows
// nothing of folders.
import type { Clock } from '../ports.ts';

export interface ScanSchedule {
	/** The interval has changed, or a scan was made by hand: counts anew from now. */
	restart(): void;
	stop(): void;
}

/** Scans every `intervalMinutes()`, counted from the end of the scan before; 0 means never. */
export function createScanSchedule(deps: {
	clock: Clock;
	intervalMinutes: () => number;
	scan: () => Promise<void>;
}): ScanSchedule {
	let turn = new AbortController();

	async function run(signal: AbortSignal): Promise<void> {
		while (!signal.aborted && deps.intervalMinutes() > 0) {
			try {
				await deps.clock.sleep(deps.intervalMinutes() * 60_000, signal);
			} catch {
				// Restarted or stopped while waiting.
				return;
			}
			await deps.scan();
		}
	}

	function restart(): void {
		turn.abort();
		turn = new AbortController();
		void run(turn.signal);
	}

	restart();
	return { restart, stop: () => turn.abort() };
}
