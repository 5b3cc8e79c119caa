// Random bytes that are the same in every run of a test: a linear congruential generator, fit for tests only.
import type { RandomBytes } from '../../../peer/ports.ts';

export function createSeededRandom(seed = 1): RandomBytes {
	let state = seed >>> 0;
	return (target) => {
		for (let index = 0; index < target.length; index += 1) {
			state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
			target[index] = state >>> 24;
		}
	};
}
