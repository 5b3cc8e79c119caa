// The parts of a browser that its tabs share: a channel that clones and a lock that one tab holds at a time.
import type { LeaderLock, TabChannel } from '../../../peer/ports.ts';

export interface TabBrowser {
	/** The end of one tab. */
	channel(): TabChannel;
	readonly lock: LeaderLock;
	/** Messages posted so far, by everyone. */
	readonly posted: unknown[];
}

export function createTabBrowser(): TabBrowser {
	const ends = new Set<(message: unknown) => void>();
	const posted: unknown[] = [];
	const waiting: (() => void)[] = [];
	let isHeld = false;

	function passOn(): void {
		isHeld = false;
		waiting.shift()?.();
	}

	return {
		posted,
		channel() {
			const listeners = new Set<(message: unknown) => void>();
			let isOpen = true;
			const hear = (message: unknown): void => {
				for (const listener of [...listeners]) listener(message);
			};
			ends.add(hear);
			return {
				post(message) {
					if (!isOpen) throw new Error('the channel is closed');
					const copy = structuredClone(message);
					posted.push(copy);
					for (const end of ends) {
						if (end !== hear) setImmediate(() => end(structuredClone(copy)));
					}
				},
				listen(onMessage) {
					listeners.add(onMessage);
					return () => listeners.delete(onMessage);
				},
				close() {
					isOpen = false;
					ends.delete(hear);
				},
			};
		},
		lock: {
			acquire(signal) {
				return new Promise((resolve, reject) => {
					const take = (): void => {
						isHeld = true;
						signal.removeEventListener('abort', giveUp);
						signal.addEventListener('abort', passOn, { once: true });
						resolve();
					};
					const giveUp = (): void => {
						waiting.splice(waiting.indexOf(take), 1);
						reject(signal.reason as Error);
					};
					if (!isHeld) {
						take();
						return;
					}
					waiting.push(take);
					signal.addEventListener('abort', giveUp, { once: true });
				});
			},
		},
	};
}
