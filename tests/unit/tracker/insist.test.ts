// A store that is away is waited for; what is wrong with an event is not.
import { describe, expect, it, vi } from 'vitest';
import { GiggityflixError, type ErrorCode } from '../../../proto/errors.ts';
import { insist } from '../../../tracker/insist.ts';
import { createManualClock } from '../../support/manual-clock.ts';

function open() {
	const clock = createManualClock();
	const warn = vi.fn();
	const run = (apply: () => Promise<void>) =>
		insist({ clock, logger: { info: () => undefined, warn } }, apply);
	const pass = async (durationMs: number) => {
		for (let passedMs = 0; passedMs < durationMs; passedMs += 250) {
			clock.advance(250);
			await new Promise((resolve) => setImmediate(resolve));
		}
	};
	return { run, pass, warn };
}
const failing = (code: ErrorCode) => (): Promise<void> =>
	Promise.reject(new GiggityflixError(code, 'no'));

describe('insist', () => {
	it('tries again until the store is back, and says so once', async () => {
		const { run, pass, warn } = open();
		const apply = vi.fn(failing('unavailable'));
		const done = run(apply);
		await pass(5_000);
		apply.mockImplementationOnce(failing('timed-out')).mockResolvedValueOnce(undefined);
		await pass(1_000);
		await expect(done).resolves.toBeUndefined();
		expect(warn).toHaveBeenCalledTimes(1);
	});

	it('gives up after two minutes', async () => {
		const { run, pass } = open();
		const done = expect(run(failing('unavailable'))).rejects.toMatchObject({ code: 'unavailable' });
		await pass(121_000);
		await done;
	});

	it('does not wait for what waiting does not cure', async () => {
		const { run } = open();
		const apply = vi.fn(failing('invalid-argument'));
		await expect(run(apply)).rejects.toMatchObject({ code: 'invalid-argument' });
		expect(apply).toHaveBeenCalledTimes(1);
	});
});
