// Which of several trackers on one store tells the world what changes and sweeps: the one that leads it. All of them
// answer questions, apply events and know everything, so another takes over at once when the speaker is gone.
import { GiggityflixError } from '../proto/errors.ts';
import type { Clock, Logger } from './ports.ts';
import type { TrackerStore } from './store/tracker-store.ts';

/** How long a tracker speaks without asking again: a successor is never missed for longer. */
export const speakingMs = 10_000;

/**
 * How long events of the tracker that spoke before may still come: it publishes nothing new, but its bus may have been
 * away and sends for a while what it was given.
 */
const overtakingMs = 3 * speakingMs;

export interface Speaker {
	/** Asks for the first time, then keeps asking. */
	start(): Promise<void>;
	stop(): Promise<void>;
	isSpeaking(): boolean;
	/** It has begun to speak so lately that older events may come after its own: what it tells now is to be told again. */
	isOvertaking(): boolean;
}

interface Deps {
	readonly store: Pick<TrackerStore, 'lead'>;
	readonly clock: Clock;
	readonly logger: Logger;
}

/** Calls `tellRest` whenever it was confirmed that this tracker speaks, for what is left to be told. */
export function createSpeaker({ store, clock, logger }: Deps, tellRest: () => Promise<void>) {
	let speaksUntilMs = 0;
	let overtakesUntilMs = 0;
	let asking = Promise.resolve();
	let telling: Promise<void> | undefined;
	let cancel = (): void => undefined;
	let isStopped = false;
	const isSpeaking = () => clock.monotonicMs() < speaksUntilMs;

	async function ask(): Promise<void> {
		const askedAtMs = clock.monotonicMs();
		const wasSpeaking = isSpeaking();
		const durationMs = await store.lead(speakingMs);
		speaksUntilMs = askedAtMs + durationMs;
		if (!isSpeaking()) return;
		// Who is alone for ever comes after nobody.
		if (!wasSpeaking && durationMs < Infinity) overtakesUntilMs = askedAtMs + overtakingMs;
		telling ??= tell();
	}

	/** Not waited for: a bus that is away must not cost the lead. */
	async function tell(): Promise<void> {
		try {
			await tellRest();
		} catch (caught) {
			const { code, message: reason } = GiggityflixError.from(caught);
			logger.warn('what has changed could not be told', { code, reason });
		} finally {
			telling = undefined;
		}
	}

	function schedule(): void {
		cancel = clock.after(speakingMs / 4, () => {
			asking = ask().catch((caught: unknown) => {
				const { code, message: reason } = GiggityflixError.from(caught);
				logger.warn('it is not known which tracker speaks', { code, reason });
			});
			void asking.then(() => {
				if (!isStopped) schedule();
			});
		});
	}

	return {
		start: async () => {
			await ask();
			schedule();
		},
		stop: async () => {
			isStopped = true;
			cancel();
			await asking;
			await telling;
		},
		isSpeaking,
		isOvertaking: () => isSpeaking() && clock.monotonicMs() < overtakesUntilMs,
	} satisfies Speaker;
}
