// Commits writes that come in the same turn of the event loop together: one fsync for all of them, and
// each still succeeds or fails on its own. Knows no table.
import type { Database } from 'better-sqlite3';

export interface GroupCommit {
	/** Runs `write` in the next transaction; resolves with its result when that is on disk. */
	write<Result>(write: () => Result): Promise<Result>;
	/** Commits what waits, now. */
	flush(): void;
}

interface Waiting {
	readonly run: () => void;
	readonly resolve: () => void;
	readonly reject: (reason: unknown) => void;
}

export function createGroupCommit(database: Database): GroupCommit {
	let waiting: Waiting[] = [];

	function flush(): void {
		const group = waiting;
		waiting = [];
		if (group.length === 0) return;
		const settled: (() => void)[] = [];
		try {
			database
				.transaction(() => {
					for (const write of group) settled.push(attempt(database, write));
				})
				.immediate();
		} catch (error) {
			// The commit itself failed, for example because the disk is full: nothing of the group is acknowledged.
			for (const { reject } of group) reject(error);
			return;
		}
		for (const settle of settled) settle();
	}

	return {
		write: <Result>(write: () => Result) =>
			new Promise<Result>((resolve, reject) => {
				let result: Result;
				if (waiting.length === 0) setImmediate(flush);
				waiting.push({
					run: () => {
						result = write();
					},
					resolve: () => {
						resolve(result);
					},
					reject: (reason) => {
						// eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- passed on as caught.
						reject(reason);
					},
				});
			}),
		flush,
	};
}

/** Runs one write in a savepoint, so that it takes nothing of the others with it when it fails. */
function attempt(database: Database, { run, resolve, reject }: Waiting): () => void {
	try {
		database.transaction(run)();
		return resolve;
	} catch (error) {
		return () => {
			reject(error);
		};
	}
}
