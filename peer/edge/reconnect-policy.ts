// How long to wait before the next attempt to reach the edge. Full jitter: thousands of peers that lost the
// same edge come back spread out and not in waves. Pure; chance is a parameter.
import type { RandomBytes } from '../ports.ts';

/** The span the first wait is drawn from. Shorter hammers an edge that restarts; longer is felt after a blip. */
const firstSpanMs = 1_000;
/** The span every late wait is drawn from. Longer and a laptop that wakes up seems dead. */
export const longestSpanMs = 60_000;
/** After a refusal that waiting does not cure. Not never: edges are upgraded and bindings are lifted. */
export const hopelessDelayMs = 10 * 60_000;

/** What the edge said about coming back. */
export type ReturnAdvice =
	| { readonly kind: 'none' }
	/** Not before this; the usual jitter comes on top. */
	| { readonly kind: 'retry-after'; readonly delayMs: number }
	/** Exactly then: the edge has spread its peers itself. */
	| { readonly kind: 'come-back-after'; readonly delayMs: number }
	| { readonly kind: 'hopeless' };

/** `attempt` counts failures since the last admission, from 0. `chance` is in [0, 1). */
export function nextDelayMs(attempt: number, advice: ReturnAdvice, chance: number): number {
	const spanMs = Math.min(longestSpanMs, firstSpanMs * 2 ** Math.min(attempt, 10));
	const jitterMs = Math.round(chance * spanMs);
	switch (advice.kind) {
		case 'none':
			return jitterMs;
		case 'retry-after':
			return advice.delayMs + jitterMs;
		case 'come-back-after':
			return advice.delayMs;
		case 'hopeless':
			return hopelessDelayMs + jitterMs;
	}
}

/** A number in [0, 1) from a source of random bytes. */
export function drawChance(randomBytes: RandomBytes): number {
	const bytes = new Uint8Array(4);
	randomBytes(bytes);
	return new DataView(bytes.buffer).getUint32(0) / 2 ** 32;
}
