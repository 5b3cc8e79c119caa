// Folders in a real browser: dropped through Chromium's own drag events, listed, read while the disk
// changes under them, and found again after a reload.
import { expect, type Page } from '@playwright/test';
import { appendFile, mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onPage, test, tryOnPage } from '../../support/adapters-page.ts';
import { dropOnPage } from '../../support/drop-folder.ts';

let folder: string;
let name: string;

test.beforeEach(async ({ page, adaptersUrl }) => {
	folder = await mkdtemp(join(tmpdir(), 'films-'));
	name = basename(folder);
	await page.goto(adaptersUrl);
});

test.afterEach(() => rm(folder, { recursive: true, force: true }));

test('a dropped folder is listed with all that lies below it', async ({ page }) => {
	await mkdir(join(folder, 'Séries/Saison 1'), { recursive: true });
	await writeFile(join(folder, 'film.mp4'), 'twelve bytes');
	await writeFile(join(folder, 'Séries/Saison 1/Épisode 1 & 2.mkv'), 'four');
	await writeFile(join(folder, 'notes.txt'), 'not a film');
	await dropOnPage(page, [folder]);
	await expect
		.poll(() => onPage(page, 'droppedFolders', null))
		.toEqual([{ name, access: 'granted' }]);

	const { files } = await onPage(page, 'list', { folder: name, extensions: ['.mp4', '.mkv'] });

	expect(files.toSorted((one, other) => one.path.localeCompare(other.path))).toEqual([
		expect.objectContaining({ kind: 'file', path: 'film.mp4', sizeBytes: 12 }),
		expect.objectContaining({
			kind: 'file',
			path: 'Séries/Saison 1/Épisode 1 & 2.mkv',
			sizeBytes: 4,
		}),
	]);
});

test('10,000 files are listed in under 2 s', async ({ page }) => {
	for (let directory = 0; directory < 100; directory++) {
		const path = join(folder, `folder ${directory}`);
		await mkdir(path);
		await Promise.all(
			Array.from({ length: 100 }, (_, file) => writeFile(join(path, `film ${file}.mp4`), 'film')),
		);
	}
	await drop(page);

	// Once is enough: the machine may be busy with other things.
	await expect(async () => {
		const { files, elapsedMs } = await onPage(page, 'list', { folder: name, extensions: ['.mp4'] });
		expect(files).toHaveLength(10_000);
		expect(elapsedMs).toBeLessThan(2_000);
	}).toPass({ timeout: 30_000 });
});

test('a directory that cannot be read is reported, and the rest is listed', async ({ page }) => {
	await mkdir(join(folder, 'gone'));
	await writeFile(join(folder, 'film.mp4'), 'film');
	await drop(page);
	// Between being listed and being read; the superuser could read it as long as it is there.
	await beforeReading(page, 'gone', () => rm(join(folder, 'gone'), { recursive: true }));

	const { files } = await onPage(page, 'list', { folder: name, extensions: ['.mp4'] });

	expect(files).toHaveLength(2);
	expect(files).toContainEqual({ kind: 'unreadable', path: 'gone', reason: 'not-found' });
	expect(files).toContainEqual(expect.objectContaining({ kind: 'file', path: 'film.mp4' }));
});

test('several dropped files become one folder', async ({ page }) => {
	await writeFile(join(folder, 'one.mp4'), 'one');
	await writeFile(join(folder, 'two.mp4'), 'two');
	await dropOnPage(page, [join(folder, 'one.mp4'), join(folder, 'two.mp4')]);
	await expect
		.poll(() => onPage(page, 'droppedFolders', null))
		.toEqual([{ name: 'one.mp4 + 1', access: 'granted' }]);

	const { files } = await onPage(page, 'list', { folder: 'one.mp4 + 1', extensions: ['.mp4'] });

	expect(files.map(({ path }) => path).toSorted()).toEqual(['one.mp4', 'two.mp4']);
});

test('an open file is read by ranges', async ({ page }) => {
	await writeFile(join(folder, 'film.mkv'), '0123456789');
	await drop(page);

	const opened = await onPage(page, 'open', { folder: name, path: 'film.mkv' });

	expect(opened).toMatchObject({ sizeBytes: 10, mimeType: 'video/x-matroska' });
	const read = { folder: name, path: 'film.mkv', offsetBytes: 3, lengthBytes: 4 };
	expect(await onPage(page, 'read', read)).toBe('3456');
});

test('a file that changes while it is open is reported as corrupt', async ({ page }) => {
	const path = join(folder, 'film.mp4');
	await writeFile(path, '0123456789');
	await drop(page);
	await onPage(page, 'open', { folder: name, path: 'film.mp4' });

	await appendFile(path, 'and more');

	const read = { folder: name, path: 'film.mp4', offsetBytes: 0, lengthBytes: 4 };
	expect(await tryOnPage(page, 'read', read)).toMatchObject({ ok: false, code: 'corrupt' });
});

test('a file that is deleted while it is open is reported as not found', async ({ page }) => {
	const path = join(folder, 'film.mp4');
	await writeFile(path, '0123456789');
	await drop(page);
	await onPage(page, 'open', { folder: name, path: 'film.mp4' });

	await unlink(path);

	const read = { folder: name, path: 'film.mp4', offsetBytes: 0, lengthBytes: 4 };
	expect(await tryOnPage(page, 'read', read)).toMatchObject({ ok: false, code: 'not-found' });
	expect(await tryOnPage(page, 'open', { folder: name, path: 'film.mp4' })).toMatchObject({
		ok: false,
		code: 'not-found',
	});
});

test('a kept folder is there after a reload and known again when it is dropped again', async ({
	page,
}) => {
	await writeFile(join(folder, 'film.mp4'), 'film');
	await drop(page);
	await onPage(page, 'keepFolder', { folder: name, folderId: 'films' });

	await page.reload();

	expect(await onPage(page, 'keptFolder', { folderId: 'films' })).toEqual({
		name,
		access: 'granted',
		fileCount: 1,
		isSameAsDropped: false,
	});
	await drop(page);
	expect(await onPage(page, 'keptFolder', { folderId: 'films' })).toMatchObject({
		isSameAsDropped: true,
	});
	expect(await onPage(page, 'keptFolder', { folderId: 'other' })).toBeNull();
});

/** Acts when the page is about to read what is in a directory of this name. */
async function beforeReading(
	page: Page,
	directory: string,
	act: () => Promise<void>,
): Promise<void> {
	await page.exposeFunction('beforeReading', act);
	await page.evaluate((directoryName) => {
		const act = (globalThis as unknown as { beforeReading: () => Promise<void> }).beforeReading;
		const prototype = FileSystemDirectoryHandle.prototype;
		const { values } = prototype;
		prototype.values = async function* (this: FileSystemDirectoryHandle) {
			if (this.name === directoryName) await act();
			yield* values.call(this);
			return undefined;
		};
	}, directory);
}

async function drop(page: Page): Promise<void> {
	await dropOnPage(page, [folder]);
	await expect.poll(() => onPage(page, 'droppedFolders', null)).toHaveLength(1);
}
