// A browser without a directory picker, such as Firefox and Safari: the folder comes from a file dialog and is asked for
// again after a reload; its films keep their links.
import { expect, type Page } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
	cardOf,
	clipboardPermissions,
	copyLink,
	expectOnline,
	test,
} from '../support/browser-people.ts';
import { putFilms } from '../support/media.ts';
import { expectPlaying } from '../support/video-pixels.ts';

test('a folder chosen in a file dialog is shared, and chosen again after a reload', async ({
	people,
	folder,
}) => {
	const films = join(folder, 'Films');
	await mkdir(films);
	await putFilms(films, { 'Shows/Season 1/Night Train.mkv': 'mkv', 'Garden.webm': 'webm' });
	const owner = await people.arrive(clipboardPermissions);
	await owner.context.addInitScript('delete globalThis.showDirectoryPicker');
	await owner.page.reload();
	await expectOnline(owner.page);
	const again = 'This browser asks for the folder again after a reload.';
	await expect(owner.page.getByText(again)).toBeVisible();

	await chooseIn(owner.page, 'Choose a folder', films);
	await owner.page.waitForURL('**/library');
	const rows = owner.page.getByRole('main').getByRole('listitem');
	await expect(rows).toContainText(['Garden', 'Night Train']);
	const link = await copyLink(owner.page, 'Garden');
	const viewer = await people.arrive();
	await cardOf(viewer.page, 'Night Train').click();
	await expectPlaying(viewer.page);

	await owner.page.reload();
	await expectOnline(owner.page);
	await expect(rows).toContainText(['Garden', 'Night Train']);
	await expect(owner.page.getByText('Choose this folder again')).toBeVisible();
	await chooseIn(owner.page, 'Choose again', films);
	await expect(owner.page.getByText('Choose this folder again')).toBeHidden();
	expect(await copyLink(owner.page, 'Garden')).toBe(link);
	await viewer.page.goto(link);
	await expectPlaying(viewer.page);
});

async function chooseIn(page: Page, button: string, folder: string) {
	const choosing = page.waitForEvent('filechooser');
	await page.getByRole('button', { name: button }).click();
	await (await choosing).setFiles(folder);
}
