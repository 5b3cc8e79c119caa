// Stock WebTorrent pages in Chromium find each other, and a client in Node, through our announce tracker alone.
import { expect, test as base, type Browser, type Page } from '@playwright/test';
import { openUwsListener } from '../../edge-server/transport/uws-listener.ts';
import { openAnnounceEdge, type AnnounceEdge } from '../support/announce-edge.ts';
import { startStockWebTorrent } from '../support/stock-webtorrent.ts';
import { answerWebTorrentPage, type WebTorrentPage } from '../support/webtorrent-page.ts';

const sizeBytes = 2 * 1024 * 1024;

const test = base.extend<{ edge: AnnounceEdge }>({
	// Playwright reads the names of the fixtures it depends on from this pattern.
	// eslint-disable-next-line no-empty-pattern
	edge: async ({}, use) => {
		const edge = await openAnnounceEdge(openUwsListener, { fetch: answerWebTorrentPage });
		await use(edge);
		await edge.close();
		expect(edge.errors).toEqual([]);
	},
});

async function openPage(browser: Browser, edge: AnnounceEdge): Promise<Page> {
	const page = await (await browser.newContext()).newPage();
	// A secure context, which 127.0.0.1 is too; another host than the tracker's makes it another origin.
	await page.goto(`http://localhost:${edge.port}/`);
	await page.waitForFunction('window.isReady === true');
	return page;
}

const seed = (page: Page, announceUrl: string) =>
	page.evaluate(([url, size]) => (globalThis as unknown as WebTorrentPage).seed(url, size), [
		announceUrl,
		sizeBytes,
	] as const);
const get = (page: Page, announceUrl: string, infoHash: string) =>
	page.evaluate(([url, hash]) => (globalThis as unknown as WebTorrentPage).get(url, hash), [
		announceUrl,
		infoHash,
	] as const);

test('two pages of another origin share a file', async ({ browser, edge }) => {
	const owner = await openPage(browser, edge);
	const viewer = await openPage(browser, edge);
	const seeded = await seed(owner, edge.url);
	await expect.poll(() => edge.door.counts().peers).toBe(1);
	expect(await get(viewer, edge.url, seeded.infoHash)).toEqual(seeded);
	expect(edge.door.counts()).toMatchObject({ connections: 2, swarms: 1, peers: 2 });
	await owner.context().close();
	await expect.poll(() => edge.door.counts()).toMatchObject({ connections: 1, peers: 1 });
});

test('a page gets a file from a client in Node', async ({ browser, edge }) => {
	const seeder = startStockWebTorrent('seed', edge.url, String(sizeBytes));
	try {
		const seeded = await seeder.result;
		await expect.poll(() => edge.door.counts().peers).toBe(1);
		const viewer = await openPage(browser, edge);
		expect(await get(viewer, edge.url, seeded.infoHash)).toEqual(seeded);
	} finally {
		await seeder.end();
	}
});

test('a client in Node gets a file from a page', async ({ browser, edge }) => {
	const owner = await openPage(browser, edge);
	const seeded = await seed(owner, edge.url);
	await expect.poll(() => edge.door.counts().peers).toBe(1);
	const viewer = startStockWebTorrent('get', edge.url, seeded.infoHash);
	try {
		expect(await viewer.result).toEqual(seeded);
	} finally {
		await viewer.end();
	}
});
