// Somebody with a stock WebTorrent page who shares films through our own announce tracker: another origin,
// nothing of ours in the page.
import type { Browser, Page } from '@playwright/test';
import { openWsListener } from '../../edge-server/transport/ws-listener.ts';
import { answerWebTorrentPage, type WebTorrentPage } from './webtorrent-page.ts';

export interface StockSwarm {
	readonly page: Page;
	readonly magnet: string;
	readonly torrent: Buffer;
	/** Leaves, without a word to the tracker. */
	close(): Promise<void>;
}

/** Seeds files from the disk under a name of the torrent's own. `householdUrl` is the origin of the edge. */
export async function seedFromStockPage(
	browser: Browser,
	householdUrl: string,
	paths: readonly string[],
	name: string,
): Promise<StockSwarm> {
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
	await page.setInputFiles('input', [...paths]);
	const announceUrl = `${householdUrl.replace(/^http/, 'ws')}/announce`;
	const { magnet, torrent } = await page.evaluate(
		([url, title]) => (globalThis as unknown as WebTorrentPage).seedFiles(url, title),
		[announceUrl, name] as const,
	);
	return {
		page,
		magnet,
		torrent: Buffer.from(torrent, 'base64'),
		close: async () => {
			await context.close();
			await listener.close(0);
		},
	};
}
