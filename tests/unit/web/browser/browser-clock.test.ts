import { describe, expect, it } from 'vitest';
import { browserClock } from '../../../../web/lib/browser/browser-clock.ts';

// Node has no Worker of the web, so these are the page's own timers; tests/e2e/adapters has the worker's.
describe('browserClock without workers', () => {
	it('sleeps as long as it should', async () => {
		const clock = browserClock();
		const startedMs = clock.monotonicMs();

		await clock.sleep(30);

		expect(clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(29);
	});

	it('wakes with the reason of the signal', async () => {
		const aborting = new AbortController();
		const sleeping = browserClock().sleep(60_000, aborting.signal);

		aborting.abort(new Error('get up'));

		await expect(sleeping).rejects.toThrow('get up');
	});

	it('does not fall asleep when aborted before', async () => {
		const signal = AbortSignal.abort(new Error('too late'));

		await expect(browserClock().sleep(60_000, signal)).rejects.toThrow('too late');
	});
});
