// What every part of a simulation stands in: time, choice and the log; and the life of one program, after whose end
// nothing that it had begun reaches anybody. The log is the run: two runs are the same when their digests are.
import type { Choice } from './seeded-choice.ts';
import type { VirtualTime } from './virtual-time.ts';

/** When simulations begin, as clocks on walls have it. */
const startMs = 1_700_000_000_000;
export interface Surroundings {
	readonly time: VirtualTime;
	readonly choice: Choice;
	readonly log: EventLog;
}

/** What a program runs on, from one life to the next. */
export interface Machine {
	/** How far its clock on the wall is from the true one. */
	skewMs: number;
}

/** One run of one program. */
export interface Life {
	readonly name: string;
	readonly machine: Machine;
	isOver: boolean;
}

export function beginLife(name: string, machine: Machine = { skewMs: 0 }): Life {
	return { name, machine, isOver: false };
}

/** The clock of a program: its timers die with it. */
export function clockOf(life: Life, time: VirtualTime) {
	const after = (delayMs: number, callback: () => void) =>
		time.after(delayMs, () => {
			if (!life.isOver) callback();
		});
	return {
		now: () => startMs + Math.floor(time.nowMs()) + life.machine.skewMs,
		monotonicMs: () => time.nowMs(),
		after,
		sleep: (durationMs: number, signal?: AbortSignal) =>
			new Promise<void>((resolve, reject) => {
				const give = (): void => reject(signal?.reason as Error);
				if (signal?.aborted) {
					give();
					return;
				}
				const onAbort = (): void => {
					cancel();
					give();
				};
				const cancel = after(durationMs, () => {
					signal?.removeEventListener('abort', onAbort);
					resolve();
				});
				signal?.addEventListener('abort', onAbort, { once: true });
			}),
	};
}

/** Hands things over one after another, each after a delay of its own, never past each other. */
export function createLine(time: VirtualTime) {
	let freeAtMs = 0;
	return (delayMs: number, task: () => void): void => {
		freeAtMs = Math.max(freeAtMs, time.nowMs() + delayMs);
		time.after(freeAtMs - time.nowMs(), task);
	};
}

export interface EventLog {
	note(step: string): void;
	/** Of everything noted, in order. */
	digest(): string;
	lastSteps(): string[];
	size(): number;
}

/** Keeps the last steps. */
export function createEventLog(time: VirtualTime, keptSteps: number): EventLog {
	const last: string[] = [];
	let size = 0;
	let [low, high] = [0x811c9dc5, 0x01000193];
	return {
		note(step) {
			const line = `${time.nowMs().toFixed(3)} ${step}`;
			for (let at = 0; at < line.length; at += 1) {
				const unit = line.charCodeAt(at);
				low = Math.imul(low ^ unit, 0x01000193);
				high = Math.imul(high + unit, 0x85ebca6b) ^ (high >>> 13);
			}
			last[size % keptSteps] = line;
			size += 1;
		},
		digest: () => `${size}-${(low >>> 0).toString(16)}${(high >>> 0).toString(16)}`,
		lastSteps: () => {
			const first = size > keptSteps ? size % keptSteps : 0;
			return [...last.slice(first), ...last.slice(0, first)];
		},
		size: () => size,
	};
}
