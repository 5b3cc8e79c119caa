// A token bucket: an average rate with room for a burst. Pure; the caller brings the time, so a session
// that says nothing costs nothing.

export interface TokenBucket {
	/** Takes one token when there is one. `nowMs` never runs backwards. */
	take(nowMs: number): boolean;
}

/** A full bucket of `burst` tokens that gains `ratePerSecond` tokens a second. */
export function createTokenBucket(options: {
	ratePerSecond: number;
	burst: number;
	nowMs: number;
}): TokenBucket {
	const { ratePerSecond, burst } = options;
	let tokens = burst;
	let filledAtMs = options.nowMs;
	return {
		take: (nowMs) => {
			tokens = Math.min(burst, tokens + ((nowMs - filledAtMs) * ratePerSecond) / 1000);
			filledAtMs = nowMs;
			if (tokens < 1) return false;
			tokens -= 1;
			return true;
		},
	};
}
