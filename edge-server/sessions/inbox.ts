// The messages of one session, handled one after another in the order they came. A door that cannot push
// back keeps delivering while a handler waits for the bus, so the number waiting has a limit. There is one for each
// peer: it keeps two numbers while nothing waits.

export interface Inbox {
	/**
	 * Runs the task after those before it and resolves when it is done; undefined when too many wait. Tasks
	 * never throw.
	 */
	put(task: () => Promise<void>): Promise<void> | undefined;
}

export function createInbox(maxWaiting: number): Inbox {
	return new TaskInbox(maxWaiting);
}

class TaskInbox implements Inbox {
	readonly #maxWaiting: number;
	/** Nothing while nobody waits. */
	#last: Promise<void> | undefined;
	#waiting = 0;

	constructor(maxWaiting: number) {
		this.#maxWaiting = maxWaiting;
	}

	put(task: () => Promise<void>): Promise<void> | undefined {
		if (this.#waiting >= this.#maxWaiting) return undefined;
		this.#waiting += 1;
		this.#last = this.#run(task, this.#last);
		return this.#last;
	}

	async #run(task: () => Promise<void>, before: Promise<void> | undefined): Promise<void> {
		await before;
		await task();
		this.#waiting -= 1;
		if (this.#waiting === 0) this.#last = undefined;
	}
}
