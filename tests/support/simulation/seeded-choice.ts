// Every choice of a simulation, drawn from one seed: equal seeds choose alike as long as they are asked in the same
// order. sfc32, which is quick and passes the usual tests; not fit for keys.

export interface Choice {
	/** From 0 up to 1. */
	fraction(): number;
	/** A whole number from 0 up to the bound. */
	below(bound: number): number;
	between(low: number, high: number): number;
	happens(probability: number): boolean;
	pick<Item>(items: readonly [Item, ...Item[]]): Item;
	/** One of any list; undefined of an empty one. */
	any<Item>(items: readonly Item[]): Item | undefined;
	fill(target: Uint8Array): void;
}

export function createChoice(seed: number): Choice {
	const state = new Int32Array([seed | 0, (seed / 2 ** 32) | 0, 0x9e3779b9 | 0, 1]);
	const next = (): number => {
		const [a = 0, b = 0, c = 0, counter = 0] = state;
		const drawn = (a + b + counter) | 0;
		state[0] = b ^ (b >>> 9);
		state[1] = (c + (c << 3)) | 0;
		state[2] = (((c << 21) | (c >>> 11)) + drawn) | 0;
		state[3] = (counter + 1) | 0;
		return drawn >>> 0;
	};
	for (let round = 0; round < 15; round += 1) next();
	const fraction = () => next() / 2 ** 32;
	const below = (bound: number) => Math.floor(fraction() * bound);
	return {
		fraction,
		below,
		between: (low, high) => low + fraction() * (high - low),
		happens: (probability) => fraction() < probability,
		pick: (items) => items[below(items.length)] ?? items[0],
		any: (items) => items[below(items.length)],
		fill: (target) => {
			for (let at = 0; at < target.length; at += 1) target[at] = next() >>> 24;
		},
	};
}
