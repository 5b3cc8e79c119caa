// Films of the library, open to any WebTorrent client: a stock page finds the owner's tab through our announce tracker
// and gets the whole film, bit for bit; what is not for everyone cannot be had, and what nobody wants costs nothing.
import { expect, type BrowserContext, type Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { shareFolder, test as base } from '../support/browser-people.ts';
import { putFilms, testFilm } from '../support/media.ts';
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

	const film = await readFile(await testFilm('mp4-long'));
	expect(await stock.get(infoHash)).toBe(createHash('sha256').update(film).digest('hex'));
	expect(await connectionsMade(owner.page)).toBeGreaterThan(0);
});

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

/** The torrent of an entry, asked for as any program asks: Connect's JSON over HTTP. */
async function torrentOf(
	origin: string,
	title: string,
): Promise<{ infoHash: string; name: string }> {
	const entryOf = async () => {
		const response = await fetch(`${origin}/giggityflix.v1.CatalogService/Search`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ query: title }),
		});
		const { entries = [] } = (await response.json()) as {
			entries?: { torrent?: { infoHash: string; name: string } }[];
		};
		return entries[0]?.torrent;
	};
	await expect.poll(entryOf, { timeout: 60_000 }).toBeDefined();
	const torrent = await entryOf();
	if (!torrent) throw new Error('the torrent has gone');
	return {
		infoHash: Buffer.from(torrent.infoHash, 'base64').toString('hex'),
		name: torrent.name,
	};
}
