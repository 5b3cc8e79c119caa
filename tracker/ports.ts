// What the tracker needs from the program it runs in, beside its store and the bus.
export type { Logger, RandomBytes } from '../bus/ports.ts';

/** Time. Tests use one they move by hand. */
export interface Clock {
	/** Milliseconds since 1970, for what is stored or shown. */
	now(): number;
	/** Milliseconds that never run backwards, for leases. */
	monotonicMs(): number;
	/** Calls back after a delay; the returned function cancels. */
	after(delayMs: number, callback: () => void): () => void;
}
