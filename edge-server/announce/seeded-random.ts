// Chance for choices that need no secrecy, such as who hears of whom: a small generator, started from real
// randomness once, since asking the system for every choice would cost more than the choice (mulberry32).

/** Numbers from 0 to below 1; equal seeds give equal ones. */
export function createSeededRandom(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}
