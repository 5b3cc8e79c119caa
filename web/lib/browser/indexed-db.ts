// One IndexedDB database that is opened when first needed and opened again when the browser took it
// away. The rule: every call settles. IndexedDB leaves an open request hanging while another tab holds an
// older version, and closes connections under memory pressure; both end here as `unavailable` or as a
// second try. Knows nothing of what is stored.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { GiggityflixError } from '../../../proto/errors.ts';

/** Longer than any healthy open or upgrade; below the patience of somebody looking at an empty page. */
const openTimeoutMs = 10_000;

export interface Database<Schema extends DBSchema> {
	/** Runs `use` on the open database. Everything thrown becomes a `GiggityflixError`. */
	run<Result>(use: (database: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result>;
	/** Later runs open it again. */
	close(): void;
}

/** `upgrade` is given the version on disk, 0 for a new database, and brings the schema to `version`. */
export function createDatabase<Schema extends DBSchema>(options: {
	name: string;
	version: number;
	upgrade: (database: IDBPDatabase<Schema>, fromVersion: number) => void;
}): Database<Schema> {
	let opening: Promise<IDBPDatabase<Schema>> | undefined;

	function forget(closed: Promise<IDBPDatabase<Schema>> | undefined): void {
		if (opening === closed) opening = undefined;
	}

	function open(): Promise<IDBPDatabase<Schema>> {
		if (opening !== undefined) return opening;
		const started: Promise<IDBPDatabase<Schema>> = openOrTimeOut(options, () => {
			forget(started);
			// Another tab wants to upgrade: it waits until this connection is closed.
			started.then((database) => database.close()).catch(() => undefined);
		});
		// A failed open is not kept, so the next call tries anew.
		started.catch(() => forget(started));
		opening = started;
		return started;
	}

	return {
		run: async (use) => {
			const database = await open();
			try {
				return await use(database);
			} catch (caught) {
				if (!(caught instanceof DOMException) || caught.name !== 'InvalidStateError') {
					throw GiggityflixError.from(caught);
				}
				// The connection was closed between two calls; nothing of this run was written.
				forget(opening);
				return use(await open()).catch((again: unknown) => {
					throw GiggityflixError.from(again);
				});
			}
		},
		close: () => {
			const closing = opening;
			opening = undefined;
			closing?.then((database) => database.close()).catch(() => undefined);
		},
	};
}

/** `onTakenAway` is called when the connection must not be used any more. */
async function openOrTimeOut<Schema extends DBSchema>(
	options: Parameters<typeof createDatabase<Schema>>[0],
	onTakenAway: () => void,
): Promise<IDBPDatabase<Schema>> {
	const opened = openDB<Schema>(options.name, options.version, {
		upgrade: (database, fromVersion) => options.upgrade(database, fromVersion),
		blocking: onTakenAway,
		terminated: onTakenAway,
	});
	let timer: ReturnType<typeof setTimeout> | undefined;
	const timedOut = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new Error('it did not open in time')), openTimeoutMs);
	});
	try {
		return await Promise.race([opened, timedOut]);
	} catch (caught) {
		// One that opens after all is not left behind to block other tabs.
		opened.then((database) => database.close()).catch(() => undefined);
		const code = isQuotaError(caught) ? 'resource-exhausted' : 'unavailable';
		throw new GiggityflixError(code, `the database ${options.name} cannot be opened`, {
			cause: caught,
		});
	} finally {
		clearTimeout(timer);
	}
}

function isQuotaError(caught: unknown): boolean {
	return caught instanceof DOMException && caught.name === 'QuotaExceededError';
}
