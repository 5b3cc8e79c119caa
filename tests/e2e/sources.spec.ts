// One film of two people, watched by a third: both send it and the page shows how much, a reload goes on with what
// was kept, and when one of them leaves half-way it plays on.
import { expect, type Page } from '@playwright/test';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { clipboardPermissions, copyLink, shareFolder, test } from '../support/browser-people.ts';
import { entryAt } from '../support/catalog-entry.ts';
import { longFilmSeconds, putFilms } from '../support/media.ts';
import { expectPlaying, seekTo } from '../support/video-pixels.ts';

const title = 'Long Way Home';

test('comes from both owners, resumes after a reload, and plays on when one of them leaves', async ({
	people,
	folder,
}) => {
	test.setTimeout(150_000);
	const [annas, bens] = [join(folder, 'Anna'), join(folder, 'Ben')];
	await mkdir(bens, { recursive: true });
	await putFilms(annas, { [`${title}.mp4`]: 'mp4-long' });
	await copyFile(join(annas, `${title}.mp4`), join(bens, `${title}.mp4`));
	const anna = await people.arrive(clipboardPermissions);
	await shareFolder(anna.page, annas, 1);
	const ben = await people.arrive();
	await shareFolder(ben.page, bens, 1);
	const link = await copyLink(anna.page, title);
	for (const owner of [anna, ben]) await slowDown(await owner.openTab('/settings'));
	await expect.poll(async () => (await entryAt(link)).ownerCount, { timeout: 30_000 }).toBe(2);

	const viewer = await people.arrive();
	await viewer.page.goto(link);
	await expectPlaying(viewer.page);
	const plot = viewer.page.getByRole('region', { name: 'Where the film comes from' });
	await seekTo(viewer.page, longFilmSeconds / 2);
	await expectPlaying(viewer.page);
	await expect(plot.getByRole('img')).toHaveAttribute('aria-label', /\d+\s%.* · .*\d+\s%/, {
		timeout: 30_000,
	});
	await expect(plot.locator('li')).toHaveCount(2);

	await viewer.page.reload();
	await expectPlaying(viewer.page);
	await expect(plot.getByRole('img')).toHaveAttribute('aria-label', /this device \d+/);

	await anna.context.close();
	// Where nobody has been yet, and at the beginning, which is kept.
	await seekTo(viewer.page, longFilmSeconds / 3);
	await expectPlaying(viewer.page);
	await seekTo(viewer.page, 5);
	await expectPlaying(viewer.page);
	await expectWhole(viewer.page);
});

/** To little more than the film plays: the player still waits for more when the second owner is there at last. */
async function slowDown(settings: Page): Promise<void> {
	const cap = settings.getByLabel('Most to send');
	await cap.fill('1500');
	await cap.press('Enter');
	await expect(cap).toHaveValue('1500');
	await settings.close();
}

/** The player reports nothing wrong. */
async function expectWhole(page: Page): Promise<void> {
	const error = await page.evaluate(() => document.querySelector('video')?.error?.message);
	expect(error).toBeUndefined();
}
