// The messages of one session, handled one after another in the order they came. A door that cannot push
// back keeps delivering while a handler waits for the bus, so the number waiting has a limit.

export interface Inbox {
	/**
	 * Runs the task after those before it and resolves when it is done; undefined when too many wait. Tasks
	 * never throw.
	 */
	put(task: () => Promise<void>): Promise<void> | undefined;
}

export function createInbox(maxWaiting: number): Inbox {
	let last = Promise.resolve();
	let waiting = 0;
	return {
		put: (task) => {
			if (waiting >= maxWaiting) return undefined;
			waiting += 1;
			last = last.then(task).finally(() => {
				waiting -= 1;
			});
			return last;
		},
	};
}
