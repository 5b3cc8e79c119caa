// Hashing behind the scenes in a real browser: seen on the page, paused, carried on after a reload, and its result
// in the catalog of another person.
import { expect, type Page } from '@playwright/test';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointBytes } from '../../peer/hashing/hash-file.ts';
import { cardOf, expectOnline, shareFolder, test } from '../support/browser-people.ts';
import { entryAt } from '../support/catalog-entry.ts';
import { putFilms } from '../support/media.ts';
import { sha256OfFile } from '../support/sha256.ts';

const mebibyte = 1024 * 1024;
/** Larger than what is read whole, and long enough to be seen at work. */
const largeBytes = 3000 * mebibyte;
/** At most so much is lost: what was hashed since the last checkpoint, rounded up. */
const percentOfCheckpoint = 100 * (checkpointBytes / largeBytes) + 1;

const row = (page: Page, title: string) => page.getByRole('listitem').filter({ hasText: title });
const card = (page: Page) => page.getByText('Hashing in the background').locator('..');

test('a dropped folder is hashed behind the scenes, paused, and carried on after a reload', async ({
	people,
	folder,
	household,
}) => {
	test.setTimeout(180_000);
	await putFilms(folder, { 'Harbour Lights.mp4': 'mp4-index-in-front', 'Night Train.mkv': 'mkv' });
	// Zeros behind the film, which take no room on the disk.
	await truncate(join(folder, 'Night Train.mkv'), largeBytes);
	const owner = await people.arrive();
	await shareFolder(owner.page, folder, 2);

	await test.step('it is seen at work', async () => {
		await expect(card(owner.page)).toContainText(/[01] of 2 · .+ left/, { timeout: 60_000 });
		await expect(row(owner.page, 'Night Train')).toContainText(/Hashing \d+ %/, {
			timeout: 60_000,
		});
	});

	let percentBefore = 0;
	await test.step('it is paused, and stays so over a reload', async () => {
		// Some checkpoints further on: what goes on from there cannot be taken for a new beginning.
		await expect.poll(() => percentOf(owner.page), { timeout: 60_000 }).toBeGreaterThan(30);
		percentBefore = await percentOf(owner.page);
		await card(owner.page).getByRole('button', { name: 'Pause' }).click();
		await expect(card(owner.page)).toContainText(/[01] of 2 · paused/);
		await expect(row(owner.page, 'Night Train')).toContainText('Ready');
		await owner.page.reload();
		await expect(card(owner.page)).toContainText(/[01] of 2 · paused/);
	});

	await test.step('it goes on from there, and so it does after a reload in the middle', async () => {
		await card(owner.page).getByRole('button', { name: 'Resume' }).click();
		await expect(row(owner.page, 'Night Train')).toContainText(/Hashing \d+ %/);
		expect(await percentOf(owner.page)).toBeGreaterThan(percentBefore - percentOfCheckpoint);
		await owner.page.reload();
		await expectOnline(owner.page);
		await expect(row(owner.page, 'Night Train')).toContainText(/Hashing \d+ %/, {
			timeout: 60_000,
		});
		expect(await percentOf(owner.page)).toBeGreaterThan(percentBefore - percentOfCheckpoint);
		await expect(card(owner.page)).toHaveCount(0, { timeout: 120_000 });
	});

	await test.step('the catalog knows what is in the films', async () => {
		const viewer = await people.arrive();
		await expect(cardOf(viewer.page, 'Night Train')).toBeVisible();
		for (const [title, path] of Object.entries({
			'Harbour Lights': 'Harbour Lights.mp4',
			'Night Train': 'Night Train.mkv',
		})) {
			const href = await cardOf(viewer.page, title).getAttribute('href');
			const link = new URL(href ?? '', household.url);
			const expected = await sha256OfFile(join(folder, path));
			await expect.poll(async () => (await entryAt(link)).mediaId).toBe(expected);
		}
	});
});

/** How far the large film is; 0 when it is not being hashed. */
async function percentOf(page: Page): Promise<number> {
	const text = await row(page, 'Night Train').textContent();
	return Number(/Hashing (\d+) %/.exec(text ?? '')?.[1] ?? 0);
}
