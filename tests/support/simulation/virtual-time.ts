// The only clock and the only queue of a simulation. Whatever is to happen later lies here by its time; when its turn
// comes it runs, and everything that follows from it without waiting for time, before the next one does.

export interface VirtualTime {
	/** Milliseconds since the simulation began. */
	nowMs(): number;
	/** Calls back after a delay; the returned function cancels. */
	after(delayMs: number, task: () => void): () => void;
	/** Runs everything that is due up to this time. */
	runUntil(untilMs: number): Promise<void>;
	/** How many tasks wait. */
	waiting(): number;
}

interface Task {
	readonly dueMs: number;
	/** Tasks of one moment run in the order they were asked for. */
	readonly number: number;
	run: (() => void) | undefined;
}

export function createVirtualTime(): VirtualTime {
	const heap: Task[] = [];
	let nowMs = 0;
	let asked = 0;
	let cancelled = 0;
	return {
		nowMs: () => nowMs,
		after(delayMs, run) {
			const task: Task = { dueMs: nowMs + Math.max(0, delayMs), number: (asked += 1), run };
			push(heap, task);
			return () => {
				if (task.run) cancelled += 1;
				task.run = undefined;
			};
		},
		async runUntil(untilMs) {
			await takeTurns(() => {
				const next = heap[0];
				if (!next || next.dueMs > untilMs) return false;
				pop(heap);
				const { run } = next;
				next.run = undefined;
				if (run) {
					nowMs = next.dueMs;
					run();
				} else cancelled -= 1;
				return true;
			});
			nowMs = untilMs;
		},
		waiting: () => heap.length - cancelled,
	};
}

/** A turn of the event loop has its price, and so takes along many of ours. */
const turnsAtOnce = 64;

/** Turn after turn while there is one. Node settles all promises between two immediates, those of one loop too. */
function takeTurns(take: () => boolean): Promise<void> {
	return new Promise((resolve) => {
		let isOver = false;
		const takeOne = (): void => {
			isOver ||= !take();
		};
		const takeMany = (): void => {
			if (isOver) {
				resolve();
				return;
			}
			for (let turn = 0; turn < turnsAtOnce; turn += 1) setImmediate(takeOne);
			setImmediate(takeMany);
		};
		takeMany();
	});
}

function isBefore(one: Task, other: Task): boolean {
	return one.dueMs < other.dueMs || (one.dueMs === other.dueMs && one.number < other.number);
}

function push(heap: Task[], task: Task): void {
	let at = heap.length;
	while (at > 0) {
		const parentAt = (at - 1) >> 1;
		const parent = heap[parentAt];
		if (!parent || isBefore(parent, task)) break;
		heap[at] = parent;
		at = parentAt;
	}
	heap[at] = task;
}

function pop(heap: Task[]): void {
	const last = heap.pop();
	if (!last || heap.length === 0) return;
	let at = 0;
	for (;;) {
		let childAt = 2 * at + 1;
		let child = heap[childAt];
		const right = heap[childAt + 1];
		if (child && right && isBefore(right, child)) {
			childAt += 1;
			child = right;
		}
		if (!child || isBefore(last, child)) break;
		heap[at] = child;
		at = childAt;
	}
	heap[at] = last;
}
