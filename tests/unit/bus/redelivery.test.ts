// Three tries, each after a longer wait.
import { describe, expect, it } from 'vitest';
import { nextTryDelayMs } from '../../../bus/redelivery.ts';

describe('nextTryDelayMs', () => {
	it('grows, and ends after the third failure', () => {
		expect([1, 2, 3, 4].map(nextTryDelayMs)).toEqual([100, 1_000, undefined, undefined]);
	});
});
