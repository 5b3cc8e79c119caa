import { describe, expect, it } from 'vitest';
import { createRest } from '../../../../peer/hashing/rest.ts';
import { createFakeClock } from '../../../support/peer/fake-clock.ts';

/** Counts steps of work that take no time. */
function start() {
	const clock = createFakeClock();
	const rest = createRest(clock);
	const ending = new AbortController();
	const stepsAtMs: number[] = [];
	const step = async () => {
		await rest.over(ending.signal);
		stepsAtMs.push(clock.monotonicMs());
	};
	return { clock, rest, ending, stepsAtMs, step };
}

describe('createRest', () => {
	it('holds nobody while nothing is wished', async () => {
		const { stepsAtMs, step } = start();
		await step();
		expect(stepsAtMs).toEqual([0]);
	});

	it('holds the next step for a second and a half', async () => {
		const { clock, rest, stepsAtMs, step } = start();
		rest.begin();
		void step().then(step);
		await clock.advance(1_499);
		expect(stepsAtMs).toEqual([]);
		await clock.advance(1);
		expect(stepsAtMs).toEqual([1_500, 1_500]);
	});

	it('begins anew with another wish', async () => {
		const { clock, rest, stepsAtMs, step } = start();
		rest.begin();
		void step();
		await clock.advance(200);
		rest.begin();
		await clock.advance(5_000);
		expect(stepsAtMs).toEqual([1_700]);
	});

	it('lets a step through every two seconds, however often people jump', async () => {
		const { clock, rest, ending, stepsAtMs, step } = start();
		const work = async () => {
			while (!ending.signal.aborted) await step();
		};
		rest.begin();
		const working = work();
		for (let jump = 0; jump < 200; jump += 1) {
			await clock.advance(100);
			rest.begin();
		}
		expect(stepsAtMs.length).toBeGreaterThanOrEqual(10);
		expect(stepsAtMs.length).toBeLessThanOrEqual(14);
		ending.abort(new Error('enough'));
		await expect(working).rejects.toThrow('enough');
	});
});
