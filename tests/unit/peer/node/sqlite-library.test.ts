// SQLite keeps the contract of LibraryStore, and what is its own: one process at a time, a file nobody else
// reads, and errors that say what is wrong.
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FolderId } from '../../../../peer/library/library-item.ts';
import { diskFolder } from '../../../../peer/node/disk-folder.ts';
import { openPeerDatabase } from '../../../../peer/node/sqlite-database.ts';
import { sqliteFolderSources } from '../../../../peer/node/sqlite-folder-sources.ts';
import { sqliteLibrary } from '../../../../peer/node/sqlite-library.ts';
import { describeLibraryStore } from '../../../contract/library-store.ts';
import { createMemoryFolder } from '../../../support/peer/memory-folder.ts';

describeLibraryStore('sqlite-library', async () => {
	const directory = mkdtempSync(join(tmpdir(), 'library-'));
	return {
		open: () => sqliteLibrary(openPeerDatabase(join(directory, 'peer.sqlite'))),
		dispose: () => rm(directory, { recursive: true }),
	};
});

let directory: string;
let file: string;
beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'peer-database-'));
	file = join(directory, 'peer.sqlite');
});
afterEach(() => rm(directory, { recursive: true }));

describe('openPeerDatabase', () => {
	it('lets one process in at a time, and the next one when that has gone', async () => {
		const first = openPeerDatabase(file);
		expect(() => openPeerDatabase(file)).toThrow(
			expect.objectContaining({ code: 'already-exists' }),
		);
		first.close();
		openPeerDatabase(file).close();
	});

	it('is free again after its process was killed', async () => {
		const script = `
			import { openPeerDatabase } from ${JSON.stringify(join(process.cwd(), 'peer/node/sqlite-database.ts'))};
			globalThis.kept = openPeerDatabase(${JSON.stringify(file)});
			process.kill(process.pid, 'SIGKILL');
		`;
		const running = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
		await expect(running).rejects.toMatchObject({ signal: 'SIGKILL' });
		openPeerDatabase(file).close();
	});

	it('is readable by its owner alone', async () => {
		const database = openPeerDatabase(file);
		expect((await stat(file)).mode & 0o777).toBe(0o600);
		database.close();
	});

	it('says that a file is no database', async () => {
		await writeFile(file, 'a letter to a friend, long enough to have a header'.repeat(40));
		expect(() => openPeerDatabase(file)).toThrow(expect.objectContaining({ code: 'corrupt' }));
	});

	it('leaves the database of a newer version alone', () => {
		const database = openPeerDatabase(file);
		database.pragma('user_version = 99');
		database.close();
		expect(() => openPeerDatabase(file)).toThrow(expect.objectContaining({ code: 'corrupt' }));
	});

	it('says that it cannot be opened', async () => {
		await mkdir(file);
		expect(() => openPeerDatabase(file)).toThrow(expect.objectContaining({ code: 'unavailable' }));
	});
});

describe('sqliteFolderSources', () => {
	const films = 'films' as FolderId;

	it('knows after a restart which directory a folder is', async () => {
		let database = openPeerDatabase(file);
		await sqliteFolderSources(database).put(films, diskFolder(directory));
		database.close();
		database = openPeerDatabase(file);
		const sources = sqliteFolderSources(database);

		const source = (await sources.get(films))!;
		expect(await source.access()).toBe('granted');
		expect(await sources.isSame(source, diskFolder(directory))).toBe(true);
		expect(await sources.isSame(source, diskFolder(tmpdir()))).toBe(false);
		await sources.delete(films);
		expect(await sources.get(films)).toBeUndefined();
		database.close();
	});

	it('keeps directories only', async () => {
		const database = openPeerDatabase(file);
		const sources = sqliteFolderSources(database);
		const elsewhere = createMemoryFolder('elsewhere');
		await expect(sources.put(films, elsewhere)).rejects.toMatchObject({ code: 'unsupported' });
		expect(await sources.isSame(elsewhere, elsewhere)).toBe(false);
		database.close();
	});
});
