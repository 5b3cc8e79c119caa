// The watchdog of one subscription: starts its consumer again after a crash, or when it shows no sign of
// life, after a delay that grows and differs from one process to the next. kafkajs has a restart of its own,
// but stays away for good after errors it takes for final, does not notice that it hangs, and sends no heartbeats
// while the clock on the wall, having been set back, shows times that have been.
import { GiggityflixError } from '../../proto/errors.ts';
import type { Subscription } from '../message-bus.ts';
import type { Clock, Logger, RandomBytes } from '../ports.ts';
import type { ConsumerRun } from './consumer-run.ts';
import { isTransient } from './kafka-error.ts';
import { pause } from './pause.ts';

/** First and longest wait before the next start. */
const backOffMs = { first: 250, most: 10_000 };
/** A run that lived for so long was well: the next wait is the first again. */
const healthyAfterMs = 30_000;
/** The clock on the wall may be corrected by so much without harm: less than a session lasts. */
const mostSetBackMs = 1_000;
/** A consumer that hangs also hangs while it closes; it is left to itself after this. */
const closeTimeoutMs = 5_000;

export interface SupervisedConsumerDeps {
	readonly group: string;
	readonly start: () => Promise<ConsumerRun>;
	/** How long the first start may take, with all its tries. */
	readonly startTimeoutMs: number;
	/** Longer than a rebalance may take, during which kafkajs is silent. */
	readonly stalledAfterMs: number;
	readonly clock: Clock;
	readonly randomBytes: RandomBytes;
	readonly logger: Logger;
	readonly onRestart: () => void;
}

/** Rejects when the first start does not succeed in time; after that it goes on until it is closed. */
export async function superviseConsumer(deps: SupervisedConsumerDeps): Promise<Subscription> {
	const closing = new AbortController();
	let current: ConsumerRun | undefined = await startFirst(deps);

	async function superviseAll(): Promise<void> {
		let failures = 0;
		while (current && !closing.signal.aborted) {
			const startedMs = deps.clock.monotonicMs();
			const reason = await untilEnd(deps, current, closing.signal);
			if (!reason) return;
			deps.logger.warn('a consumer is started again', {
				group: deps.group,
				code: reason.code,
				error: reason.message,
			});
			deps.onRestart();
			await Promise.race([closeQuietly(current), pause(deps.clock, closeTimeoutMs)]);
			current = undefined;
			failures = deps.clock.monotonicMs() - startedMs > healthyAfterMs ? 0 : failures + 1;
			current = await startAgain(deps, failures, closing.signal);
		}
	}

	const supervising = superviseAll();
	return {
		async close() {
			closing.abort();
			await supervising;
			await current?.close();
		},
	};
}

/** Brokers that have just started refuse groups for a moment. */
async function startFirst(deps: SupervisedConsumerDeps): Promise<ConsumerRun> {
	const deadlineMs = deps.clock.monotonicMs() + deps.startTimeoutMs;
	for (let failures = 0; ; failures += 1) {
		try {
			return await deps.start();
		} catch (caught) {
			const error = GiggityflixError.from(caught);
			if (!isTransient(error) || deps.clock.monotonicMs() > deadlineMs) throw error;
			await pause(deps.clock, delayMs(failures, deps.randomBytes));
		}
	}
}

/** Why the run ended, or undefined when the subscription closes. */
async function untilEnd(
	{ clock, stalledAfterMs }: SupervisedConsumerDeps,
	run: ConsumerRun,
	closing: AbortSignal,
): Promise<GiggityflixError | undefined> {
	let ended: GiggityflixError | undefined;
	const watching = new AbortController();
	void run.crashed.then((error) => {
		ended = error;
		watching.abort();
	});
	const woken = AbortSignal.any([closing, watching.signal]);
	const aheadMs = () => clock.now() - clock.monotonicMs();
	while (!woken.aborted && !ended) {
		const beforeMs = aheadMs();
		await pause(clock, stalledAfterMs / 4, woken);
		const silentMs = clock.monotonicMs() - run.lastSignMs();
		if (silentMs > stalledAfterMs) {
			ended ??= new GiggityflixError('timed-out', `no sign of life for ${Math.round(silentMs)} ms`);
		} else if (beforeMs - aheadMs() > mostSetBackMs) {
			ended ??= new GiggityflixError('unavailable', 'the clock was set back');
		}
	}
	return closing.aborted ? undefined : ended;
}

/** Tries until it works; undefined when the subscription closes meanwhile. */
async function startAgain(
	deps: SupervisedConsumerDeps,
	failedBefore: number,
	closing: AbortSignal,
): Promise<ConsumerRun | undefined> {
	for (let failures = failedBefore; ; failures += 1) {
		await pause(deps.clock, delayMs(failures, deps.randomBytes), closing);
		if (closing.aborted) return undefined;
		try {
			return await deps.start();
		} catch (caught) {
			const { code, message } = GiggityflixError.from(caught);
			deps.logger.warn('a consumer could not be started', {
				group: deps.group,
				code,
				error: message,
			});
		}
	}
}

/** Between half of the delay and all of it, so that consumers do not come back in step. */
function delayMs(failures: number, randomBytes: RandomBytes): number {
	const full = Math.min(backOffMs.most, backOffMs.first * 2 ** Math.min(failures, 16));
	const draw = new Uint8Array(1);
	randomBytes(draw);
	return full * (0.5 + (draw[0] ?? 0) / 510);
}

async function closeQuietly(run: ConsumerRun): Promise<void> {
	await run.close().catch(() => undefined);
}
