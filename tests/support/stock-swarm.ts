// Somebody with a stock WebTorrent page who shares and fetches films through our own announce tracker: another
// origin, nothing of ours in the page.
import type { Browser, Page } from '@playwright/test';
import { openWsListener } from '../../edge-server/transport/ws-listener.ts';
import { answerWebTorrentPage, type WebTorrentPage } from './webtorrent-page.ts';

export interface StockPage {
	readonly page: Page;
	/** Seeds files from the disk under a name of the torrent's own. */
	seed(paths: readonly string[], name: string): Promise<{ magnet: string; torrent: Buffer }>;
	/** Fetches a torrent of one file; resolves with its SHA-256. */
	get(infoHash: string): Promise<string>;
	/** Leaves, without a word to the tracker. */
	close(): Promise<void>;
}

export type StockSwarm = Pick<StockPage, 'page' | 'close'> & Awaited<ReturnType<StockPage['seed']>>;

/** `householdUrl` is the origin of the edge. */
export async function openStockPage(browser: Browser, householdUrl: string): Promise<StockPage> {
	const listener = await openWsListener({
		host: '127.0.0.1',
		port: 0,
		maxBodyBytes: 1024,
		fetch: answerWebTorrentPage,
		sockets: {},
		onError: (error) => {
			throw error;
		},
	});
	const context = await browser.newContext();
	const page = await context.newPage();
	await page.goto(`http://127.0.0.1:${listener.port}/`);
	await page.waitForFunction('window.isReady === true');
	const announceUrl = `${householdUrl.replace(/^http/, 'ws')}/announce`;
	return {
		page,
		async seed(paths, name) {
			await page.setInputFiles('input', [...paths]);
			const { magnet, torrent } = await page.evaluate(
				([url, title]) => (globalThis as unknown as WebTorrentPage).seedFiles(url, title),
				[announceUrl, name] as const,
			);
			return { magnet, torrent: Buffer.from(torrent, 'base64') };
		},
		async get(infoHash) {
			const { sha256 } = await page.evaluate(
				([url, wanted]) => (globalThis as unknown as WebTorrentPage).get(url, wanted),
				[announceUrl, infoHash] as const,
			);
			return sha256;
		},
		close: async () => {
			await context.close();
			await listener.close(0);
		},
	};
}

export async function seedFromStockPage(
	browser: Browser,
	householdUrl: string,
	paths: readonly string[],
	name: string,
): Promise<StockSwarm> {
	const { page, close, seed } = await openStockPage(browser, householdUrl);
	return { page, close, ...(await seed(paths, name)) };
}
