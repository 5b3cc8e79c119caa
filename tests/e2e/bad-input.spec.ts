// Names, drops and links as somebody means harm, or just has odd files: whatever a name holds is shown as text on
// every page, runs nowhere and leads nowhere.
import { expect, type Page } from '@playwright/test';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cardOf, expectOnline, shareFolder, test } from '../support/browser-people.ts';
import { dropOnPage } from '../support/drop-folder.ts';
import { putFilms } from '../support/media.ts';
import { createNodePeer, probedFolder } from '../support/node-peer.ts';
import { expectPlaying } from '../support/video-pixels.ts';

/**
 * Names of files and the titles they become; names cannot hold a slash. Chromium keeps most of these from its pages, other
 * peers do not.
 */
const hostileNames = [
	['<img src=x onerror=window.xss=1>', '<img src=x onerror=window.xss=1>'],
	['"><script>window.xss = 1<∕script>', '"><script>window.xss = 1<∕script>'],
	['javascript: window.xss=1', 'javascript: window.xss=1'],
	['etc%2f..%2f passwd', 'etc%2f..%2f passwd'],
	// An override of the reading direction would make an "exe" look like a "jpg".
	['Holiday \u202Egpj.exe', 'Holiday gpj.exe'],
	['Long '.repeat(48).trim(), 'Long '.repeat(48).trim()],
] as const;

const oddNames = ['🎬🍿 ÄÖÜ 東京 العربية', 'Long '.repeat(48).trim()];

test('a name from another peer is only ever text', async ({ people, household, folder }) => {
	await putFilms(folder, filmsNamed(hostileNames.map(([name]) => name)));
	const peer = createNodePeer(household.url);
	await peer.start();
	await peer.addFolder(probedFolder(folder));
	const viewer = await people.arrive();
	await expect(viewer.page.getByRole('main').getByRole('listitem')).toHaveCount(6);
	for (const [, title] of hostileNames) {
		await cardOf(viewer.page, title).click();
		await expect(viewer.page.getByRole('heading', { level: 1 })).toHaveText(title);
		await expect(viewer.page).toHaveTitle(`${title} · Giggityflix`);
		expect(new URL(viewer.page.url()).pathname).toMatch(/^\/watch\/[a-z2-7]{26}$/);
		await expectNothingRan(viewer.page);
		await viewer.page.getByRole('link', { name: 'Catalog' }).first().click();
	}
	await cardOf(viewer.page, '<img').click();
	await expectPlaying(viewer.page);
	await peer.stop();
});

test('odd names are shown as they are and can be watched', async ({ people, folder }) => {
	await putFilms(folder, filmsNamed(oddNames));
	const owner = await people.arrive();
	await shareFolder(owner.page, folder, 2);
	const viewer = await people.arrive();
	for (const name of oddNames) {
		await expect(owner.page.getByRole('heading', { level: 2, name })).toHaveText(name);
		await cardOf(viewer.page, name).click();
		await expect(viewer.page).toHaveTitle(`${name} · Giggityflix`);
		await expectPlaying(viewer.page);
		await viewer.page.getByRole('link', { name: 'Catalog' }).first().click();
	}
});

test('words in the search are only ever text', async ({ people, folder }) => {
	await putFilms(folder, { 'Garden.webm': 'webm' });
	const owner = await people.arrive();
	await shareFolder(owner.page, folder, 1);
	await owner.page.getByRole('searchbox', { name: 'Search' }).fill(hostileNames[0][0]);
	await expect(owner.page.getByRole('heading', { level: 1 })).toContainText('<img src=x');
	await expect(owner.page).toHaveTitle(`${hostileNames[0][0]} · Giggityflix`);
	await expectNothingRan(owner.page);
});

test('drops without films are answered in words', async ({ people, folder }) => {
	const [empty, papers] = [join(folder, 'Empty'), join(folder, 'Papers')];
	await mkdir(empty);
	await mkdir(papers);
	await writeFile(join(papers, 'letter.txt'), 'Dear all');
	await writeFile(join(papers, 'broken.mp4'), 'this is no film');
	const { page } = await people.arrive();
	await expectOnline(page);

	await test.step('a file that is no film', async () => {
		await dropOnPage(page, [join(papers, 'letter.txt')]);
		await page.waitForURL('**/library');
		await expect(page.getByText('No films in here.')).toBeVisible();
		await expect(page.getByText('0 films')).toBeVisible();
	});

	await test.step('an empty folder', async () => {
		await dropOnPage(page, [empty]);
		await expect(page.getByText('0 films')).toHaveCount(2);
		await expect(page.getByText('No films in here.')).toBeVisible();
	});

	await test.step('a folder without a film that can be read', async () => {
		await dropOnPage(page, [papers]);
		await expect(page.getByRole('listitem')).toContainText(['broken']);
		await expect(page.getByRole('listitem')).toContainText('Cannot play in browsers');
	});

	await test.step('the same folder twice', async () => {
		await dropOnPage(page, [papers]);
		await expect(page.getByText('“Papers” is in your library.')).toBeVisible();
		await expect(page.getByRole('article')).toHaveCount(3);
	});
});

test('a pasted link that is none is answered in words', async ({ people }) => {
	const { page } = await people.arrive();
	await page.getByRole('button', { name: 'Paste it' }).click();
	const answers = [
		['', 'Paste a link first.'],
		['just words', 'This is not a link.'],
		['javascript:window.xss=1', 'This is not a link.'],
		['data:text/html,<script>window.xss=1</script>', 'This is not a link.'],
		['https://example.com/', 'This link does not lead to a film.'],
		['/watch/'.repeat(2000), 'This link does not lead to a film.'],
	] as const;
	for (const [text, answer] of answers) {
		await page.getByLabel('Link to a film').fill(text);
		await page.getByRole('button', { name: 'Watch' }).click();
		await expect(page.getByRole('alert')).toContainText(answer);
	}
	await expect(page).toHaveURL(/\/$/);
	await expectNothingRan(page);

	await test.step('addresses that are none', async () => {
		for (const path of [
			'/watch/%3Cimg%20src=x%20onerror=window.xss=1%3E',
			'/watch/..%2f..%2fetc',
		]) {
			await page.goto(path);
			await expect(page.getByRole('heading', { name: 'This link leads nowhere' })).toBeVisible();
		}
		await page.goto(`/watch/${'a'.repeat(26)}#k=<script>window.xss=1</script>`);
		await expect(page.getByRole('heading', { name: 'This link leads nowhere' })).toBeVisible();
		await expectNothingRan(page);
	});
});

const filmsNamed = (names: readonly string[]) =>
	Object.fromEntries(names.map((name) => [`${name}.mp4`, 'mp4-index-in-front' as const]));

async function expectNothingRan(page: Page) {
	expect(await page.evaluate(() => 'xss' in window)).toBe(false);
	expect(await page.locator('img[src="x"]').count()).toBe(0);
}
