// What was watched stays on this device: Settings lists each film with its size, and deletes one of them or all.
import { expect } from '@playwright/test';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expectAccessible } from '../support/accessibility.ts';
import { clipboardPermissions, copyLink, shareFolder, test } from '../support/browser-people.ts';
import { putFilms } from '../support/media.ts';
import { expectPlaying } from '../support/video-pixels.ts';
import { keptBytes, wholeFilm } from '../support/watched-film.ts';
import { formatBytes } from '../../web/lib/state/format.ts';

test('kept films are listed with their sizes, and deleted one by one or together', async ({
	people,
	folder,
}) => {
	test.setTimeout(120_000);
	const films = { 'Harbour Lights': 'Harbour Lights.mp4', Garden: 'Garden.webm' };
	await putFilms(folder, {
		[films['Harbour Lights']]: 'mp4-index-in-front',
		[films.Garden]: 'webm',
	});
	const owner = await people.arrive(clipboardPermissions);
	await shareFolder(owner.page, folder, 2);
	const { page } = await people.arrive();
	let wholeBytes = 0;
	for (const [title, path] of Object.entries(films)) {
		await page.goto(await copyLink(owner.page, title));
		await expectPlaying(page);
		// Hashed by now, so its pieces are known and kept.
		await expect(page.getByRole('button', { name: 'Copy magnet' })).toBeVisible({
			timeout: 30_000,
		});
		await wholeFilm(page);
		wholeBytes += (await stat(join(folder, path))).size;
		await expect.poll(() => keptBytes(page)).toBe(wholeBytes);
	}

	await page.goto('/settings');
	const kept = page.getByRole('region', { name: 'Kept films' });
	const rows = kept.getByRole('listitem');
	await expect(rows).toHaveCount(2);
	for (const path of Object.values(films)) {
		const size = formatBytes((await stat(join(folder, path))).size);
		await expect(rows.filter({ hasText: path })).toContainText(`${size} of ${size}`);
	}
	await expect(kept).toContainText(`Together ${formatBytes(wholeBytes)}`);
	await expectAccessible(page);

	await kept.getByRole('button', { name: `Delete ${films['Harbour Lights']}` }).click();
	await expect(rows).toHaveCount(1);
	await expect(rows).toContainText(films.Garden);
	expect(await keptBytes(page)).toBe((await stat(join(folder, films.Garden))).size);
	await kept.getByRole('button', { name: 'Delete all' }).click();
	await expect(kept).toContainText('Nothing is kept.');
	expect(await keptBytes(page)).toBe(0);
	await page.reload();
	await expect(kept).toContainText('Nothing is kept.');
});
