// Keeps the folders of the library in step with the configured directories. The rule: what is not configured any
// more is no longer shared, and a directory that stays keeps its folder, so that its films keep their ids.
import { constants } from 'node:fs';
import { access, readdir, realpath, stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { ConfigError } from '../../bus/configuration.ts';
import { GiggityflixError, type ErrorCode } from '../../proto/errors.ts';
import type { FolderId, Sharing } from '../library/library-item.ts';
import type { Peer } from '../peer.ts';
import type { FolderSources } from '../ports.ts';
import { directoryOf, diskFolder } from './disk-folder.ts';

/**
 * The directories by the one path each really has. Throws `ConfigError` with everything that is wrong: one is
 * missing, cannot be read, is no directory, or lies in another.
 */
export async function checkDirectories(directories: readonly string[]): Promise<string[]> {
	const problems: string[] = [];
	const found = new Set<string>();
	for (const directory of directories) {
		try {
			const real = await realpath(directory);
			if (!(await stat(real)).isDirectory()) {
				problems.push(`${directory}: is not a directory`);
				continue;
			}
			await access(real, constants.R_OK | constants.X_OK);
			await readdir(real);
			found.add(real);
		} catch (caught) {
			const error = GiggityflixError.from(caught);
			problems.push(`${directory}: ${reasons[error.code] ?? error.message}`);
		}
	}
	for (const inner of found) {
		const outer = [...found].find((each) => inner !== each && isWithin(inner, each));
		if (outer !== undefined) problems.push(`${inner}: lies in ${outer}, which is shared as well`);
	}
	if (problems.length > 0) throw new ConfigError(problems);
	return [...found];
}

const reasons: Partial<Record<ErrorCode, string>> = {
	'not-found': 'there is no such directory',
	'permission-denied': 'may not be read by this user',
};

function isWithin(inner: string, outer: string): boolean {
	return inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}

/** Call it right after `peer.start`. `directories` come from `checkDirectories`. Returns which folder is where. */
export async function shareDirectories(
	peer: Peer,
	sources: FolderSources,
	directories: readonly string[],
	sharing: Sharing,
): Promise<ReadonlyMap<FolderId, string>> {
	const waiting = new Set(directories);
	const shared = new Map<FolderId, string>();
	for (const folder of peer.snapshot().folders) {
		const source = await sources.get(folder.folderId);
		const directory = source && directoryOf(source);
		if (directory === undefined || !waiting.delete(directory)) {
			await peer.removeFolder(folder.folderId);
			continue;
		}
		shared.set(folder.folderId, directory);
		if (folder.sharing !== sharing) await peer.setFolderSharing(folder.folderId, sharing);
	}
	for (const directory of waiting) {
		shared.set(await peer.addFolder(diskFolder(directory), sharing), directory);
	}
	return shared;
}
