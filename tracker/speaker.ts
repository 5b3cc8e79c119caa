// Which of several trackers on one store tells the world what changes and sweeps: the one that leads it. All of them
// answer questions, apply events and know everything, so another takes over at once when the speaker is gone.
import { GiggityflixError } from '../proto/errors.ts';
import type { Clock, Logger } from './ports.ts';
import type { TrackerStore } from './store/tracker-store.ts';

/** How long a tracker speaks without asking again: a successor is never missed for longer. */
export const speakingMs = 10_000;

export interface Speaker {
	/** Asks for the first time, then keeps asking. */
	start(): Promise<void>;
	stop(): Promise<void>;
	isSpeaking(): boolean;
}

interface Deps {
	readonly store: Pick<TrackerStore, 'lead'>;
	readonly clock: Clock;
	readonly logger: Logger;
}

/** Calls `onTakeOver` each time this tracker begins to speak after others did. */
export function createSpeaker({ store, clock, logger }: Deps, onTakeOver: () => Promise<void>) {
	let speaksUntilMs = 0;
	let asking = Promise.resolve();
	let cancel = (): void => undefined;
	let isStopped = false;
	const isSpeaking = () => clock.monotonicMs() < speaksUntilMs;

	async function ask(): Promise<void> {
		const askedAtMs = clock.monotonicMs();
		const wasSpeaking = isSpeaking();
		speaksUntilMs = askedAtMs + (await store.lead(speakingMs));
		if (!wasSpeaking && isSpeaking()) await onTakeOver();
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
		},
		isSpeaking,
	} satisfies Speaker;
}
