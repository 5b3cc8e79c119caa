// Saves that are cut off half-way by a reload, of a film and of a torrent's file: offered again, resumed byte for byte,
// or discarded without a trace.
import { expect, type Page } from '@playwright/test';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectAccessible } from '../support/accessibility.ts';
import {
	expectOnline,
	shareFilm,
	test,
	type People,
	type Person,
} from '../support/browser-people.ts';
import { testFilm } from '../support/media.ts';
import { pickIntoPrivateStorage, savedSha256, withoutPicker } from '../support/save-picker.ts';
import { sha256OfFile } from '../support/sha256.ts';
import { seedFromStockPage } from '../support/stock-swarm.ts';
import { expectPlaying } from '../support/video-pixels.ts';

const title = 'Long Way Home';
/** A film of 12 MB takes some seconds. */
const slowDisk = { bytesPerSecond: 2_000_000 };
/** Beyond what is put in place first, 4 MiB. */
const halfWayBytes = 5_000_000;

const saves = (page: Page) => page.getByRole('list', { name: 'Saves' }).getByRole('listitem');
const savedBytes = async (page: Page) =>
	Number(await saves(page).getByRole('progressbar').getAttribute('aria-valuenow'));

test('a film cut off by a reload is offered again and resumed', async ({ people, folder }) => {
	test.setTimeout(120_000);
	const { link, viewer } = await shareLongFilm(people, folder);
	await pickIntoPrivateStorage(viewer.page, slowDisk);
	await beginSave(viewer.page, link);
	await expect.poll(() => savedBytes(viewer.page)).toBeGreaterThan(halfWayBytes);

	await viewer.page.goto('/');
	await viewer.page.getByRole('button', { name: 'Show' }).click();
	await expect(saves(viewer.page)).toContainText(`${title}.mp4`);
	await expect(saves(viewer.page)).toContainText(/Stopped at [4-9]\.\d MB of 13\.1 MB/);
	await expectAccessible(viewer.page);

	await resumeToTheEnd(viewer.page);
	expect(await savedSha256(viewer.page)).toBe(await sha256OfFile(await testFilm('mp4-long')));

	await viewer.page.reload();
	await expect(viewer.page.getByText('Nothing is being saved')).toBeVisible();
	expect(await savedSha256(viewer.page)).toBe(await sha256OfFile(await testFilm('mp4-long')));
});

test('a film whose owner has left is resumed from who has watched it', async ({
	people,
	folder,
}) => {
	test.setTimeout(120_000);
	const { link, owner, viewer } = await shareLongFilm(people, folder);
	const watcher = await people.arrive();
	await watcher.page.goto(link);
	await expectPlaying(watcher.page);
	// Hashed by now, so its pieces are known and kept.
	await expect(watcher.page.getByRole('button', { name: 'Copy magnet' })).toBeVisible({
		timeout: 30_000,
	});
	await watcher.page.evaluate(async () => {
		const film = await fetch(document.querySelector('video')?.currentSrc ?? '');
		await film.arrayBuffer();
	});
	await pickIntoPrivateStorage(viewer.page, slowDisk);
	await beginSave(viewer.page, link);
	await expect.poll(() => savedBytes(viewer.page)).toBeGreaterThan(halfWayBytes);
	await owner.context.close();
	await viewer.page.reload();
	await resumeToTheEnd(viewer.page);
	expect(await savedSha256(viewer.page)).toBe(await sha256OfFile(await testFilm('mp4-long')));
});

test('another tab sees a save, and discarding what was cut off leaves nothing', async ({
	people,
	folder,
}) => {
	test.setTimeout(120_000);
	const { link, viewer } = await shareLongFilm(people, folder);
	await pickIntoPrivateStorage(viewer.page, slowDisk);
	await beginSave(viewer.page, link);
	await expect.poll(() => savedBytes(viewer.page)).toBeGreaterThan(halfWayBytes);
	const other = await viewer.openTab('/saves');
	await expect(saves(other)).toContainText('Another tab is saving it');
	await viewer.page.close();

	await other.reload();
	await expect(saves(other)).toContainText('Stopped at');
	await other.goto('/settings');
	const kept = other.getByRole('region', { name: 'Unfinished saves' });
	await expect(kept).toContainText(`${title}.mp4`);
	await expectAccessible(other);
	await kept.getByRole('link', { name: 'Resume them' }).click();
	await other.getByRole('button', { name: /^Discard/ }).click();
	await expect(other.getByText('Nothing is being saved')).toBeVisible();
	await expectAccessible(other);
	expect(await savedSha256(other)).toBeUndefined();
	await other.reload();
	await expect(other.getByText('Nothing is being saved')).toBeVisible();
});

test('a file of a magnet cut off by a reload is resumed without opening it again', async ({
	browser,
	people,
	household,
	folder,
}) => {
	test.setTimeout(120_000);
	const film = await testFilm('mp4-long');
	// Two files: the film begins within a piece.
	const paths = [join(folder, 'A notes.txt'), join(folder, 'Harbour.mp4')] as const;
	await copyFile(import.meta.filename, paths[0]);
	await copyFile(film, paths[1]);
	const swarm = await seedFromStockPage(browser, household.url, [...paths], 'Harbour');
	const { page } = await people.arrive();
	await pickIntoPrivateStorage(page, slowDisk);
	await page.goto('/magnet');
	await page.getByRole('textbox', { name: 'Magnet link' }).fill(swarm.magnet);
	await page.getByRole('button', { name: 'Open', exact: true }).click();
	await page.getByRole('button', { name: 'Connect' }).click();
	await page.getByRole('button', { name: 'Save Harbour.mp4' }).click({ timeout: 30_000 });
	await page
		.getByRole('banner')
		.getByRole('link', { name: /^Saves/ })
		.click();
	await expect.poll(() => savedBytes(page), { timeout: 30_000 }).toBeGreaterThan(halfWayBytes);

	await page.reload();
	await resumeToTheEnd(page);
	expect(await savedSha256(page)).toBe(await sha256OfFile(film));
	await swarm.close();
});

test('a download of the browser that was cut off starts again', async ({ people, folder }) => {
	test.setTimeout(120_000);
	const { link, viewer, owner } = await shareLongFilm(people, folder);
	const { page } = viewer;
	await withoutPicker(page);
	await setUploadCap(owner, 16_000);
	const begun = page.waitForEvent('download');
	await beginSave(page, link);
	await begun;
	await expect.poll(() => savedBytes(page)).toBeGreaterThan(1_000_000);
	await page.reload();
	await expect(saves(page)).toContainText('cannot go on with a download');
	const again = page.waitForEvent('download');
	await page.getByRole('button', { name: /^Start again/ }).click();
	const saved = await again;
	expect(await sha256OfFile(await saved.path())).toBe(
		await sha256OfFile(await testFilm('mp4-long')),
	);
	await expect(saves(page)).toContainText('Saved · ');
});

async function shareLongFilm(people: People, folder: string) {
	await copyFile(await testFilm('mp4-long'), join(folder, `${title}.mp4`));
	const shared = await shareFilm(people, folder, title);
	return { ...shared, viewer: await people.arrive() };
}

/** On the watch page, then to the list, so that nobody watches beside it. */
async function beginSave(page: Page, link: string): Promise<void> {
	await page.goto(link);
	await expectOnline(page);
	await page.getByRole('main').getByRole('button', { name: 'Save', exact: true }).click();
	await page
		.getByRole('banner')
		.getByRole('link', { name: /^Saves/ })
		.click();
	await expect(saves(page)).toHaveCount(1);
}

/** Fails when it goes back behind what was put in place. */
async function resumeToTheEnd(page: Page): Promise<void> {
	const said = page.evaluate(
		() =>
			new Promise<string[]>((resolve) => {
				const seen = new Set<string>();
				const timer = setInterval(() => {
					const words = document.querySelector('[aria-label="Saves"] .facts')?.textContent ?? '';
					seen.add(words);
					if (!words.startsWith('Saved')) return;
					clearInterval(timer);
					resolve([...seen]);
				}, 20);
			}),
	);
	await page.getByRole('button', { name: /^Resume/ }).click();
	await expect(saves(page)).toContainText('Saved · ', { timeout: 60_000 });
	const megabytes = (await said).flatMap((words) => /^([\d.]+) MB of/.exec(words)?.[1] ?? []);
	expect(megabytes.length).toBeGreaterThan(0);
	for (const size of megabytes) expect(Number(size)).toBeGreaterThan(4);
}

/** Kilobits a second. */
async function setUploadCap(owner: Person, kbps: number): Promise<void> {
	const settings = await owner.openTab('/settings');
	const cap = settings.getByLabel('Most to send');
	await cap.fill(String(kbps));
	await cap.press('Enter');
	await expect(cap).toHaveValue(String(kbps));
	await settings.close();
}
