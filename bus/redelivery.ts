// How often, and how far apart, an event whose handler threw is tried. One schedule for every adapter.

/**
 * Waits after the first and the second failure. The first outlives a lost race or a busy disk, the second a
 * reconnection. Longer ones would hold up every later event of the same key.
 */
const delaysMs = [100, 1_000];

/** How long to wait after `failures` failed tries, or undefined when the event is to be put aside. */
export function nextTryDelayMs(failures: number): number | undefined {
	return delaysMs[failures - 1];
}
