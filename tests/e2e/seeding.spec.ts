// Films of the library, open to any WebTorrent client: a stock page finds the owner's tab through our announce tracker
// and gets the whole film, bit for bit; what is not for everyone cannot be had, and what nobody wants costs nothing.
import { expect, type BrowserContext, type Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clipboardPermissions, shareFolder, test as base } from '../support/browser-people.ts';
import { parseMagnet } from '../../peer/torrent/magnet.ts';
import { parseTorrent } from '../../peer/torrent/parse-torrent.ts';
import { isListed, torrentOf } from '../support/listed-torrents.ts';
import { putFilms } from '../support/media.ts';
import { sha256Of } from '../support/sha256.ts';
import { openStockPage, type StockPage } from '../support/stock-swarm.ts';

const test = base.extend<{ stock: StockPage }>({
	stock: async ({ browser, household }, use) => {
		const stock = await openStockPage(browser, household.url);
		await use(stock);
		await stock.close();
	},
});

test('a stock page gets a whole film from its owner, who joined for it alone', async ({
	people,
	folder,
	household,
	stock,
}) => {
	test.setTimeout(120_000);
	await putFilms(folder, { 'Harbour Lights.mp4': 'mp4-long', 'Night Train.mkv': 'mkv' });
	const owner = await people.arrive();
	await countConnections(owner.context);
	await owner.page.reload();
	await shareFolder(owner.page, folder, 2);
	await expectHashed(owner.page);
	const { infoHash, name } = await torrentOf(household.url, 'Harbour Lights');
	expect(name).toBe('Harbour Lights.mp4');
	expect(await connectionsMade(owner.page)).toBe(0);

	const film = await readFile(join(folder, 'Harbour Lights.mp4'));
	expect(await stock.get(infoHash)).toBe(sha256Of(film));
	expect(await connectionsMade(owner.page)).toBeGreaterThan(0);
});

test('what is for some only is neither announced nor served, and has no magnet', async ({
	people,
	folder,
	household,
	browser,
}) => {
	test.setTimeout(120_000);
	await putFilms(folder, { 'Harbour Lights.mp4': 'mp4-long' });
	const owner = await people.arrive();
	await countConnections(owner.context);
	await owner.page.reload();
	await shareFolder(owner.page, folder, 1);
	await expectHashed(owner.page);
	const { infoHash } = await torrentOf(household.url, 'Harbour Lights');
	for (const sharing of ['Link only', 'Private']) {
		await openMenu(owner.page, 'Harbour Lights');
		await owner.page.getByRole('menuitemradio', { name: sharing }).click();
		await expect.poll(() => isListed(household.url, 'Harbour Lights')).toBe(false);
		await openMenu(owner.page, 'Harbour Lights');
		await expect(owner.page.getByRole('menuitem', { name: 'Copy magnet link' })).toHaveCount(0);
		await owner.page.keyboard.press('Escape');
		await expect(owner.page.getByRole('listitem')).toContainText(sharing);
		const stock = await openStockPage(browser, household.url);
		// Long enough for the owner to come, who took a second in the other test.
		const got = stock.get(infoHash).catch(() => 'nobody');
		expect(await Promise.race([got, silence(6_000)])).toBe('nobody');
		expect(await connectionsMade(owner.page)).toBe(0);
		await stock.close();
	}
});

test('a magnet copied from the library opens the film elsewhere, and so does its .torrent', async ({
	people,
	folder,
	stock,
}) => {
	test.setTimeout(120_000);
	await putFilms(folder, { 'Harbour Lights.mp4': 'mp4-index-in-front' });
	const owner = await people.arrive(clipboardPermissions);
	await shareFolder(owner.page, folder, 1);
	await expectHashed(owner.page);
	await openMenu(owner.page, 'Harbour Lights');
	await owner.page.getByRole('menuitem', { name: 'Copy magnet link' }).click();
	await expect(owner.page.getByText('Magnet copied.')).toBeVisible();
	const magnet = parseMagnet(await owner.page.evaluate(() => navigator.clipboard.readText()));
	expect(magnet.name).toBe('Harbour Lights.mp4');

	await openMenu(owner.page, 'Harbour Lights');
	const downloading = owner.page.waitForEvent('download');
	await owner.page.getByRole('menuitem', { name: 'Save .torrent' }).click();
	const download = await downloading;
	expect(download.suggestedFilename()).toBe('Harbour Lights.mp4.torrent');
	const torrent = parseTorrent(await readFile(await download.path()));
	expect(torrent).toMatchObject({ infoHash: magnet.infoHash, trackers: magnet.trackers });

	const film = await readFile(join(folder, 'Harbour Lights.mp4'));
	expect(await stock.get(magnet.infoHash)).toBe(sha256Of(film));
});

async function openMenu(page: Page, title: string): Promise<void> {
	await page.getByRole('button', { name: `More for ${title}` }).click();
}

async function silence(durationMs: number): Promise<string> {
	await new Promise((resolve) => setTimeout(resolve, durationMs));
	return 'nobody';
}

/** Counts the RTCPeerConnections of pages from now on. */
async function countConnections(context: BrowserContext): Promise<void> {
	await context.addInitScript(() => {
		const counted = globalThis as unknown as { connectionsMade: number };
		counted.connectionsMade = 0;
		globalThis.RTCPeerConnection = class extends RTCPeerConnection {
			constructor(configuration?: RTCConfiguration) {
				super(configuration);
				counted.connectionsMade += 1;
			}
		};
	});
}

const connectionsMade = (page: Page) =>
	page.evaluate(() => (globalThis as unknown as { connectionsMade: number }).connectionsMade);

async function expectHashed(page: Page): Promise<void> {
	await expect(page.getByText('Hashing in the background')).toHaveCount(0, { timeout: 60_000 });
}
