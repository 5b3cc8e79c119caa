import { describe, expect, it } from 'vitest';
import { pause, within } from '../../../../edge-server/sessions/deadline.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

describe('within', () => {
	it('gives the result and takes its timer away', async () => {
		const clock = createManualClock();
		expect(await within(clock, 1_000, 'waiting', Promise.resolve('done'))).toBe('done');
		expect(clock.pending()).toBe(0);
	});

	it('passes a failure on unchanged', async () => {
		const clock = createManualClock();
		const failure = new Error('broken');
		await expect(within(clock, 1_000, 'waiting', Promise.reject(failure))).rejects.toBe(failure);
		expect(clock.pending()).toBe(0);
	});

	it('rejects with timed-out when it takes too long', async () => {
		const clock = createManualClock();
		const waiting = within(clock, 1_000, 'waiting', new Promise(() => undefined));
		clock.advance(1_000);
		await expect(waiting).rejects.toMatchObject({ code: 'timed-out' });
	});
});

describe('pause', () => {
	it('ends after the delay', async () => {
		const clock = createManualClock();
		let isOver = false;
		const waiting = pause(clock, 500).then(() => (isOver = true));
		clock.advance(499);
		await Promise.resolve();
		expect(isOver).toBe(false);
		clock.advance(1);
		await waiting;
		expect(isOver).toBe(true);
	});
});
