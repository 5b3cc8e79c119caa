// Somebody else's torrent, opened here: a stock WebTorrent page seeds real films through our own announce tracker,
// and our page asks, plays, and saves, bit for bit.
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectOnline, test as base } from '../support/browser-people.ts';
import { dropOnPage } from '../support/drop-folder.ts';
import { testFilm } from '../support/media.ts';
import { pickIntoPrivateStorage, savedSha256, withoutPicker } from '../support/save-picker.ts';
import { sha256OfFile } from '../support/sha256.ts';
import { seedFromStockPage, type StockSwarm } from '../support/stock-swarm.ts';
import { expectPlaying, positionOf, seekTo } from '../support/video-pixels.ts';

type Seed = (files: Readonly<Record<string, string>>, name: string) => Promise<StockSwarm>;

const test = base.extend<{ seed: Seed }>({
	seed: async ({ browser, household, folder }, use) => {
		const swarms: StockSwarm[] = [];
		await use(async (files, name) => {
			const paths = [];
			for (const [title, source] of Object.entries(files)) {
				const path = join(folder, title);
				await copyFile(source, path);
				paths.push(path);
			}
			const swarm = await seedFromStockPage(browser, household.url, paths, name);
			swarms.push(swarm);
			return swarm;
		});
		for (const swarm of swarms) await swarm.close();
	},
});

const hostile = '<img src=x onerror="window.__xss=1">';

test('a magnet is pasted, asked about, played and saved', async ({ people, seed }) => {
	test.setTimeout(120_000);
	const film = await testFilm('mp4-long');
	const { magnet } = await seed(
		{ [`Long${hostile}.mp4`]: film, 'Notes.txt': import.meta.filename },
		hostile,
	);
	const viewer = await people.arrive();
	await pickIntoPrivateStorage(viewer.page);
	await viewer.page.reload();
	await expectOnline(viewer.page);
	await paste(viewer.page, magnet);
	await expect(viewer.page).toHaveURL(/\/magnet#link=magnet/);
	await expect(viewer.page.getByRole('heading', { level: 2 })).toHaveText(hostile);
	await expect(viewer.page.getByText('sees your IP address')).toBeVisible();
	expect(await loadedWebtorrent(viewer.page)).toBe(false);

	await viewer.page.getByRole('button', { name: 'Connect' }).click();
	const files = viewer.page.getByRole('list', { name: 'Files' }).getByRole('listitem');
	await expect(files).toHaveCount(2, { timeout: 30_000 });
	await expect(files.filter({ hasText: hostile })).toHaveCount(1);
	await expect(viewer.page.locator('strong')).toHaveText('Connected to 1 other');

	await files.filter({ hasText: hostile }).getByRole('button', { name: /^Play/ }).click();
	await expectPlaying(viewer.page, 30_000);
	await seekTo(viewer.page, 70);
	await expectPlaying(viewer.page, 30_000);
	expect(await positionOf(viewer.page)).toBeGreaterThanOrEqual(70);

	await files.filter({ hasText: hostile }).getByRole('button', { name: /^Save/ }).click();
	await expect(files.filter({ hasText: hostile })).toContainText('Saved', { timeout: 60_000 });
	expect(await savedSha256(viewer.page)).toBe(await sha256OfFile(film));
	expect(await viewer.page.evaluate(() => '__xss' in window)).toBe(false);
});

test('a browser without a file picker saves through its own downloads', async ({
	people,
	household,
	seed,
}) => {
	const film = await testFilm('mp4-index-in-front');
	const { magnet } = await seed({ 'Harbour.mp4': film }, 'Harbour.mp4');
	const viewer = await people.arrive();
	await withoutPicker(viewer.page);
	await viewer.page.goto(`${household.url}/magnet`);
	await viewer.page.getByRole('textbox', { name: 'Magnet link' }).fill(magnet);
	await viewer.page.getByRole('button', { name: 'Open', exact: true }).click();
	await viewer.page.getByRole('button', { name: 'Connect' }).click();
	const download = viewer.page.waitForEvent('download');
	await viewer.page.getByRole('button', { name: 'Save Harbour.mp4' }).click({ timeout: 30_000 });
	const saved = await download;
	expect(saved.suggestedFilename()).toBe('Harbour.mp4');
	expect(await sha256OfFile(await saved.path())).toBe(await sha256OfFile(film));
});

test('a dropped .torrent shows its files before anybody is asked', async ({
	people,
	seed,
	folder,
}) => {
	const film = await testFilm('webm');
	const { torrent } = await seed({ 'Garden.webm': film }, 'Garden.webm');
	const path = join(folder, 'Garden.torrent');
	await writeFile(path, torrent);
	const viewer = await people.arrive();
	await expectOnline(viewer.page);
	await dropOnPage(viewer.page, [path]);
	await expect(viewer.page).toHaveURL(/\/magnet$/);
	await expect(viewer.page.getByRole('list', { name: 'Files' })).toContainText('Garden.webm');
	await viewer.page.getByRole('button', { name: 'Connect' }).click();
	await viewer.page.getByRole('button', { name: 'Play Garden.webm' }).click();
	await expectPlaying(viewer.page, 30_000);
});

test('magnets of other pages and .torrent files of the desktop come here', async ({
	people,
	seed,
}) => {
	const { magnet, torrent } = await seed({ 'Garden.webm': await testFilm('webm') }, 'Garden.webm');
	const { page } = await people.arrive();
	await page.addInitScript(installApp);
	await page.goto(new URL('/magnet', page.url()).href);
	const [protocol, file] = await page.evaluate(async () => {
		const link = document.querySelector<HTMLLinkElement>('link[rel="manifest"]');
		const manifest = (await (await fetch(link?.href ?? '')).json()) as Record<string, unknown[]>;
		return [manifest['protocol_handlers']?.[0], manifest['file_handlers']?.[0]];
	});
	expect(protocol).toEqual({ protocol: 'magnet', url: '/magnet#link=%s' });
	expect(file).toMatchObject({
		action: '/magnet',
		accept: { 'application/x-bittorrent': ['.torrent'] },
	});

	await page.getByRole('button', { name: 'Open magnet links of other pages here' }).click();
	const handlers = () => page.evaluate(() => (globalThis as unknown as InstalledApp).handlers);
	expect(await handlers()).toEqual([['magnet', '/magnet#link=%s']]);

	const origin = new URL(page.url()).origin;
	const targetURL = `${origin}/magnet#link=${encodeURIComponent(magnet)}`;
	await page.evaluate(
		(url) => (globalThis as unknown as InstalledApp).launch({ targetURL: url }),
		targetURL,
	);
	await expect(page.getByRole('heading', { level: 2 })).toHaveText('Garden.webm');
	await expect(page.getByText('sees your IP address')).toBeVisible();

	await page.getByRole('button', { name: 'Cancel' }).click();
	await page.evaluate(
		([url, bytes]) => {
			const opened = new File([new Uint8Array(bytes)], 'Garden.torrent');
			const files = [{ getFile: () => Promise.resolve(opened) }];
			(globalThis as unknown as InstalledApp).launch({ targetURL: url, files });
		},
		[`${origin}/magnet`, [...torrent]] as const,
	);
	await expect(page.getByRole('list', { name: 'Files' })).toContainText('Garden.webm');
	await expect(page.getByRole('button', { name: 'Connect' })).toBeVisible();
	expect(await loadedWebtorrent(page)).toBe(false);
});

test('what cannot be opened says so, with one thing to do', async ({ people, folder }) => {
	const { page } = await people.arrive();
	await expectOnline(page);
	const hash = 'c9e15763f722f23e98a29decdfae341b98d53056';
	for (const [magnet, title] of [
		['magnet:?xt=urn:btih:abc', 'This is not a magnet link'],
		[`magnet:?xt=urn:btih:${hash}&dn=${'x'.repeat(20_000)}`, 'This magnet is too large'],
		[`magnet:?xt=urn:btmh:1220${hash}`, 'This magnet is of a newer kind'],
	] as const) {
		await paste(page, magnet);
		await expect(page.getByRole('heading', { level: 2 })).toHaveText(title);
		await page.getByRole('button', { name: 'Open another' }).click();
		await expect(page.getByRole('textbox', { name: 'Magnet link' })).toBeVisible();
	}
	for (const [content, title] of [
		['<html>', 'This is not a torrent'],
		['x'.repeat(2 ** 21 + 1), 'This torrent is too large'],
	] as const) {
		const path = join(folder, 'bad.torrent');
		await writeFile(path, content);
		await dropOnPage(page, [path]);
		await expect(page.getByRole('heading', { level: 2 })).toHaveText(title);
	}
	await page.getByRole('button', { name: 'Open another' }).click();
	await paste(page, `magnet:?xt=urn:btih:${hash}`);
	await page.getByRole('button', { name: 'Connect' }).click();
	await expect(page.getByText('Nobody who has it is here yet')).toBeVisible({ timeout: 30_000 });
	await page.getByRole('button', { name: 'Cancel' }).click();
	await expect(page.getByRole('textbox', { name: 'Magnet link' })).toBeVisible();
});

test('axe finds nothing on any of its states, in any look', async ({ people, seed }) => {
	test.setTimeout(120_000);
	const { magnet } = await seed({ 'Harbour.mp4': await testFilm('mp4-long') }, 'Harbour.mp4');
	const { page } = await people.arrive();
	await page.getByRole('banner').waitFor();
	await page.goto(new URL('/magnet', page.url()).href);
	await expectOnline(page);
	await expectAccessible(page);
	await paste(page, 'magnet:?');
	await expect(page.getByRole('button', { name: 'Open another' })).toBeVisible();
	await expectAccessible(page);
	await paste(page, magnet);
	await expect(page.getByRole('button', { name: 'Connect' })).toBeVisible();
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Connect' }).click();
	await page.getByRole('button', { name: 'Play Harbour.mp4' }).click({ timeout: 30_000 });
	await expectPlaying(page, 30_000);
	await expectAccessible(page);
});

/** In light and dark, on a desktop and a narrow phone. */
async function expectAccessible(page: Page): Promise<void> {
	for (const colorScheme of ['light', 'dark'] as const) {
		for (const width of [1280, 360]) {
			await page.emulateMedia({ colorScheme });
			await page.setViewportSize({ width, height: 800 });
			const { violations } = await new AxeBuilder({ page })
				.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
				.analyze();
			expect(violations, `${colorScheme}, ${width} px`).toEqual([]);
			const overflowPx = await page.evaluate(
				() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
			);
			expect(overflowPx).toBe(0);
		}
	}
}

/** Pastes as a person does, with the focus nowhere in particular. */
async function paste(page: Page, text: string): Promise<void> {
	await page.evaluate((pasted) => {
		const clipboardData = new DataTransfer();
		clipboardData.setData('text', pasted);
		const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
		document.body.dispatchEvent(event);
	}, text);
}

/** Whether the page has fetched the swarm's code, which is far larger than our own. */
const loadedWebtorrent = (page: Page) =>
	page.evaluate(() =>
		performance.getEntriesByType('resource').some(({ name }) => name.includes('webtorrent')),
	);

/** What a page has that the desktop has installed. */
interface InstalledApp {
	/** Of links, as the page has asked for them. */
	readonly handlers: readonly unknown[];
	/** As the desktop opens it. */
	launch(how: { targetURL: string; files?: readonly unknown[] }): void;
}

/** Runs in the page before anything of it: a desktop that has it installed. */
function installApp(): void {
	const handlers: unknown[] = [];
	navigator.registerProtocolHandler = (...handler) => void handlers.push(handler);
	const app = globalThis as unknown as { launch?: unknown; handlers: unknown };
	app.handlers = handlers;
	const setConsumer = (consumer: unknown) => (app.launch = consumer);
	Object.defineProperty(window, 'launchQueue', { value: { setConsumer } });
}
