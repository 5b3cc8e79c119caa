// Calls back once after many disturbances: when it has been quiet for a while, and after a longer while even if it has
// not. A file that is being copied changes all the time, and is worth a look when that is over. Knows nothing of files.

/** How long nothing may happen until it is quiet. */
export const quietMs = 1_500;
/** How long it may go on without a break. */
export const patienceMs = 20_000;

export interface Quiet {
	disturb(): void;
	/** Nobody is called any more. */
	cancel(): void;
}

export function createQuiet(onQuiet: () => void): Quiet {
	let disturbedAtMs: number | undefined;
	let timer: NodeJS.Timeout | undefined;
	return {
		disturb() {
			const nowMs = performance.now();
			disturbedAtMs ??= nowMs;
			clearTimeout(timer);
			const waitMs = Math.max(0, Math.min(quietMs, disturbedAtMs + patienceMs - nowMs));
			timer = setTimeout(() => {
				disturbedAtMs = undefined;
				onQuiet();
			}, waitMs).unref();
		},
		cancel: () => clearTimeout(timer),
	};
}
