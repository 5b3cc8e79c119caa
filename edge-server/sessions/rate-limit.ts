// A token bucket: an average rate with room for a burst. Pure; the caller brings the time, so a session
// that says nothing costs nothing. A class, as all that an edge keeps of each peer.

export interface TokenBucket {
	/** Takes one token when there is one. `nowMs` never runs backwards. */
	take(nowMs: number): boolean;
}

/** A full bucket of `burst` tokens that gains `ratePerSecond` tokens a second. */
export function createTokenBucket(options: NewBucket): TokenBucket {
	return new FillingBucket(options);
}

interface NewBucket {
	readonly ratePerSecond: number;
	readonly burst: number;
	readonly nowMs: number;
}

class FillingBucket implements TokenBucket {
	readonly #ratePerSecond: number;
	readonly #burst: number;
	#tokens: number;
	#filledAtMs: number;

	constructor({ ratePerSecond, burst, nowMs }: NewBucket) {
		this.#ratePerSecond = ratePerSecond;
		this.#burst = burst;
		this.#tokens = burst;
		this.#filledAtMs = nowMs;
	}

	take(nowMs: number): boolean {
		const gained = ((nowMs - this.#filledAtMs) * this.#ratePerSecond) / 1000;
		this.#tokens = Math.min(this.#burst, this.#tokens + gained);
		this.#filledAtMs = nowMs;
		if (this.#tokens < 1) return false;
		this.#tokens -= 1;
		return true;
	}
}
