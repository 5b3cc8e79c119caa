// Notices changes below a directory through the system's own notifications. One watch for each directory of the
// tree, so that ten thousand films cost no more than their folders. Best effort: where a watch cannot be had the
// scan interval is all there is, and the caller is told once. Knows nothing of films.
import { watch, type FSWatcher } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GiggityflixError } from '../../proto/errors.ts';
import { createQuiet } from './quiet.ts';

export interface DirectoryWatch {
	/** Resolves when the whole tree is watched. Changes before that may go unnoticed. */
	readonly begun: Promise<void>;
	close(): void;
}

export function watchDirectory(options: {
	readonly directory: string;
	readonly onChange: () => void;
	/** Some part of the tree cannot be watched. Called once at most. */
	readonly onTrouble: (error: GiggityflixError) => void;
}): DirectoryWatch {
	const watchers = new Map<string, FSWatcher>();
	let isClosed = false;
	let hasTrouble = false;
	const quiet = createQuiet(() => void lookAgain());

	/** New directories are among the changes: what comes into them while the caller looks must not be missed. */
	async function lookAgain(): Promise<void> {
		await watchTree(options.directory);
		if (!isClosed) options.onChange();
	}

	function trouble(caught: unknown): void {
		if (!hasTrouble && !isClosed) options.onTrouble(GiggityflixError.from(caught));
		hasTrouble = true;
	}

	function drop(directory: string): void {
		watchers.get(directory)?.close();
		watchers.delete(directory);
	}

	async function watchTree(directory: string): Promise<void> {
		if (isClosed) return;
		try {
			if (!watchers.has(directory)) watchOne(directory);
			for (const entry of await readdir(directory, { withFileTypes: true })) {
				if (entry.isDirectory()) await watchTree(join(directory, entry.name));
			}
		} catch (caught) {
			drop(directory);
			// A directory that has just gone is a change like any other, not a trouble.
			if (GiggityflixError.from(caught).code !== 'not-found') trouble(caught);
		}
	}

	function watchOne(directory: string): void {
		const watcher = watch(directory, { persistent: false }, (_event, name) => {
			quiet.disturb();
			// A directory that was removed and made again needs a new watch.
			if (name !== null) drop(join(directory, name));
		});
		watcher.on('error', (error) => {
			drop(directory);
			quiet.disturb();
			trouble(error);
		});
		watchers.set(directory, watcher);
	}

	return {
		begun: watchTree(options.directory),
		close() {
			isClosed = true;
			quiet.cancel();
			for (const directory of [...watchers.keys()]) drop(directory);
		},
	};
}
