// The time between a player's first question and its first picture. The rule: until it is over, nothing takes the line
// or the processor from the bytes of that picture, since every mebibyte costs both ends some tens of milliseconds. It
// is over when the player says so, or when it has had everything it needs for a while. Knows no bytes.
import type { Clock } from '../../ports.ts';
import { createDeferred } from '../settling.ts';

export interface StartOfPlayback {
	/** Resolves when a player has asked and all that its first picture needs is here. */
	readonly headFetched: Promise<void>;
	/** Resolves when the picture is there, or should be. */
	readonly over: Promise<void>;
	/** A player has asked; `fetched` resolves when all that its first picture needs is here. Only the first call counts. */
	begin(fetched: Promise<void>): void;
	/** The player shows the film. */
	pictureShown(): void;
}

/** From the last byte of head and index: players need a tenth of a second for a picture, slow devices a few. */
const patienceMs = 400;

/** `signal` ends the wait with the source: nobody is told then. */
export function createStartOfPlayback(clock: Clock, signal: AbortSignal): StartOfPlayback {
	const headFetched = createDeferred<undefined>();
	const over = createDeferred<undefined>();
	let hasBegun = false;
	return {
		headFetched: headFetched.promise,
		over: over.promise,
		begin(fetched) {
			if (hasBegun) return;
			hasBegun = true;
			fetched
				.then(() => {
					headFetched.resolve(undefined);
					return clock.sleep(patienceMs, signal);
				})
				.then(
					() => over.resolve(undefined),
					// The source was closed.
					() => undefined,
				);
		},
		pictureShown() {
			headFetched.resolve(undefined);
			over.resolve(undefined);
		},
	};
}
