// What an adapter of the bus needs from the program around it. Smaller than the ports of the programs
// themselves, so that theirs fit.

/** Time. Tests use one they move by hand. */
export interface Clock {
	/** Milliseconds since 1970. */
	now(): number;
	/** Milliseconds since some moment; never set back. */
	monotonicMs(): number;
	/** Calls back after a delay; the returned function cancels. */
	after(delayMs: number, callback: () => void): () => void;
}

/** Fills the array with random bytes, as `crypto.getRandomValues` does. */
export type RandomBytes = (target: Uint8Array) => void;

/** Where what an operator must know is written. Never payloads: titles are private. */
export interface Logger {
	info(message: string, fields?: Record<string, unknown>): void;
	warn(message: string, fields?: Record<string, unknown>): void;
}
