import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPeer } from '../../../../peer/create-peer.ts';
import { openPeerDatabase } from '../../../../peer/node/sqlite-database.ts';
import { sqliteFolderSources } from '../../../../peer/node/sqlite-folder-sources.ts';
import { checkDirectories, shareDirectories } from '../../../../peer/node/media-folders.ts';
import type { Sharing } from '../../../../peer/library/library-item.ts';
import { createPeerFixture } from '../../../support/peer/peer-fixture.ts';

let directory: string;
let films: string;
let shows: string;
beforeEach(async () => {
	directory = await realpath(await mkdtemp(join(tmpdir(), 'media-folders-')));
	[films, shows] = [join(directory, 'films'), join(directory, 'shows')];
	for (const each of [films, shows]) await mkdir(each);
});
afterEach(() => rm(directory, { recursive: true }));

describe('checkDirectories', () => {
	it('takes a directory by the path it really has, once', async () => {
		await symlink(films, join(directory, 'link'));
		const given = [films, join(directory, 'link'), `${shows}/../shows/`];
		expect(await checkDirectories(given)).toEqual([films, shows]);
	});

	it('tells everything that is wrong', async () => {
		await writeFile(join(directory, 'file'), '');
		await mkdir(join(films, 'old'));
		const given = [films, join(films, 'old'), join(directory, 'file'), join(directory, 'nowhere')];
		await expect(checkDirectories(given)).rejects.toMatchObject({
			problems: [
				`${directory}/file: is not a directory`,
				`${directory}/nowhere: there is no such directory`,
				`${films}/old: lies in ${films}, which is shared as well`,
			],
		});
	});

	it('does not take a neighbour for a child', async () => {
		await mkdir(join(directory, 'films 2'));
		const given = [films, join(directory, 'films 2')];
		expect(await checkDirectories(given)).toEqual(given);
	});
});

describe('shareDirectories', () => {
	it('keeps folders that stay, drops the others, and follows the visibility', async () => {
		const database = openPeerDatabase(':memory:');
		const folderSources = sqliteFolderSources(database);
		const fixture = createPeerFixture({ folderSources });
		const share = async (directories: readonly string[], sharing: Sharing) => {
			const peer = createPeer(fixture.deps);
			await peer.start();
			const shared = await shareDirectories(peer, folderSources, directories, sharing);
			const { folders } = peer.snapshot();
			await peer.stop();
			return { shared, folders };
		};

		const first = await share([films, shows], 'public');
		expect([...first.shared.values()]).toEqual([films, shows]);
		expect(first.folders.map(({ name, sharing }) => [name, sharing])).toEqual([
			['films', 'public'],
			['shows', 'public'],
		]);

		const second = await share([shows], 'link-only');
		const showsId = [...first.shared.keys()][1];
		expect([...second.shared]).toEqual([[showsId, shows]]);
		expect(second.folders).toMatchObject([{ folderId: showsId, sharing: 'link-only' }]);

		const third = await share([films, shows], 'link-only');
		expect([...third.shared.keys()]).toContain(showsId);
		expect([...third.shared.keys()]).not.toContain([...first.shared.keys()][0]);
		database.close();
	});
});
