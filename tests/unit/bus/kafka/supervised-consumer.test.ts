// The watchdog by the clock: when it starts a consumer again, how long it waits, and how it ends.
import { describe, expect, it, vi } from 'vitest';
import type { ConsumerRun } from '../../../../bus/kafka/consumer-run.ts';
import { superviseConsumer } from '../../../../bus/kafka/supervised-consumer.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const stalledAfterMs = 20_000;
const unavailable = () => new GiggityflixError('unavailable', 'no broker');

function setUp() {
	const clock = createManualClock();
	const runs: { crash(): void; live(): void; close: ReturnType<typeof vi.fn> }[] = [];
	const start = vi.fn((): Promise<ConsumerRun> => {
		let crash: (error: GiggityflixError) => void = () => undefined;
		let lastMs = clock.monotonicMs();
		const close = vi.fn(() => Promise.resolve());
		runs.push({
			crash: () => crash(unavailable()),
			live: () => (lastMs = clock.monotonicMs()),
			close,
		});
		return Promise.resolve({
			crashed: new Promise((resolve) => (crash = resolve)),
			lastSignMs: () => lastMs,
			close,
		});
	});
	const onRestart = vi.fn();
	const logger = { info: vi.fn(), warn: vi.fn() };
	const supervise = (draw: number) =>
		superviseConsumer({
			group: 'group',
			start,
			startTimeoutMs: 5_000,
			stalledAfterMs,
			clock,
			randomBytes: (target) => void target.fill(draw),
			logger,
			onRestart,
		});
	/** Waits until the watchdog waits for the clock, and moves it. */
	async function elapse(durationMs: number): Promise<void> {
		await vi.waitFor(() => expect(clock.pending()).toBeGreaterThan(0), { interval: 1 });
		clock.advance(durationMs);
		await new Promise((resolve) => setImmediate(resolve));
	}
	const started = (times: number) =>
		vi.waitFor(() => expect(start).toHaveBeenCalledTimes(times), { interval: 1 });
	return { clock, runs, start, onRestart, logger, supervise, elapse, started };
}

describe('superviseConsumer', () => {
	it('starts again after a crash, later each time, and says so', async () => {
		const { runs, start, onRestart, logger, supervise, elapse, started } = setUp();
		const subscription = await supervise(255);
		runs[0]!.crash();
		await vi.waitFor(() => expect(runs[0]!.close).toHaveBeenCalled());
		start.mockRejectedValueOnce(unavailable()).mockRejectedValueOnce(unavailable());
		for (const [delayMs, starts] of [
			[500, 2],
			[1_000, 3],
			[2_000, 4],
		] as const) {
			await elapse(delayMs - 1);
			expect(start).toHaveBeenCalledTimes(starts - 1);
			await elapse(1);
			await started(starts);
		}
		expect(onRestart).toHaveBeenCalledTimes(1);
		expect(logger.warn.mock.calls.map(([message]: unknown[]) => message)).toEqual([
			'a consumer is started again',
			'a consumer could not be started',
			'a consumer could not be started',
		]);
		await subscription.close();
		expect(runs[1]!.close).toHaveBeenCalledTimes(1);
	});

	it('draws up to half of the delay, so that members do not come back in step', async () => {
		const { runs, start, supervise, elapse, started } = setUp();
		const subscription = await supervise(0);
		runs[0]!.crash();
		await vi.waitFor(() => expect(runs[0]!.close).toHaveBeenCalled());
		await elapse(249);
		expect(start).toHaveBeenCalledTimes(1);
		await elapse(1);
		await started(2);
		await subscription.close();
	});

	it('starts again when there is no sign of life, but not while there is', async () => {
		const { clock, runs, start, supervise, elapse, started } = setUp();
		const subscription = await supervise(0);
		for (let quarter = 0; quarter < 12; quarter += 1) {
			await elapse(stalledAfterMs / 4);
			runs[0]!.live();
		}
		expect(start).toHaveBeenCalledTimes(1);
		for (let quarter = 0; quarter < 5; quarter += 1) await elapse(stalledAfterMs / 4);
		await vi.waitFor(() => expect(runs[0]!.close).toHaveBeenCalled());
		await vi.waitFor(() => expect(clock.pending()).toBeGreaterThan(0), { interval: 1 });
		await elapse(500);
		await started(2);
		await subscription.close();
	});

	it('starts again when the clock on the wall is set back, and not when it is set forward or corrected', async () => {
		const { clock, runs, start, logger, supervise, elapse, started } = setUp();
		const subscription = await supervise(0);
		for (const byMs of [3_600_000, -500, 500]) {
			clock.jump(byMs);
			await elapse(stalledAfterMs / 4);
			runs[0]!.live();
		}
		expect(start).toHaveBeenCalledTimes(1);
		clock.jump(-3_600_000);
		await elapse(stalledAfterMs / 4);
		await vi.waitFor(() => expect(runs[0]!.close).toHaveBeenCalled());
		await vi.waitFor(() => expect(clock.pending()).toBeGreaterThan(0), { interval: 1 });
		await elapse(500);
		await started(2);
		expect(logger.warn).toHaveBeenCalledWith(
			'a consumer is started again',
			expect.objectContaining({ error: 'the clock was set back' }),
		);
		await subscription.close();
	});

	it('does not wait for ever for a consumer that hangs while it closes', async () => {
		const { runs, supervise, elapse, started } = setUp();
		const subscription = await supervise(0);
		runs[0]!.close.mockReturnValue(new Promise(() => undefined));
		runs[0]!.crash();
		await vi.waitFor(() => expect(runs[0]!.close).toHaveBeenCalled());
		await elapse(5_000);
		await elapse(500);
		await started(2);
		await subscription.close();
	});

	it('gives the first start its time, and then reports why it failed', async () => {
		const { start, supervise, elapse, started } = setUp();
		start.mockRejectedValue(unavailable());
		const supervising = supervise(255);
		const outcome = expect(supervising).rejects.toMatchObject({ code: 'unavailable' });
		for (const [delayMs, starts] of [
			[250, 2],
			[500, 3],
			[1_000, 4],
			[2_000, 5],
			[4_000, 6],
		] as const) {
			await elapse(delayMs);
			await started(starts);
		}
		await outcome;
	});

	it('reports at once what no second try would mend', async () => {
		const { start, supervise } = setUp();
		start.mockRejectedValue(new GiggityflixError('permission-denied', 'not for you'));
		await expect(supervise(0)).rejects.toMatchObject({ code: 'permission-denied' });
		expect(start).toHaveBeenCalledTimes(1);
	});

	it('starts nothing more once it is closed', async () => {
		const { clock, runs, start, supervise } = setUp();
		const subscription = await supervise(0);
		runs[0]!.crash();
		await vi.waitFor(() => expect(runs[0]!.close).toHaveBeenCalled());
		await subscription.close();
		clock.advance(60_000);
		expect(start).toHaveBeenCalledTimes(1);
	});
});
