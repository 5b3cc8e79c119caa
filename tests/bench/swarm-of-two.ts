// One film from member to member of a swarm, beside stock webtorrent with its default store; and beside what a plain
// RTCDataChannel moves between the same pages, which tells how much there is to win.
import type { Browser, Page } from '@playwright/test';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTransferPage, serveTransferPage } from '../support/transfer-page.ts';
import type { Fetched, TransferPage } from '../support/web/transfer-page/calls.ts';
import { median, printComparison, printFigure } from './measure.ts';
import { inNewProfile } from './new-profile.ts';
import { measureRaw, megabytesPerSecond } from './raw-channel.ts';
import { serveYardsticks, type TorrentYardstick } from './yardstick-pages.ts';

const mebibyte = 1024 * 1024;
const rounds = Number(process.env['ROUNDS'] ?? 2);
const filmMebibytes = Number(process.env['FILM_MEBIBYTES'] ?? 48);
const filmBytes = filmMebibytes * mebibyte;
/** What every browser takes. */
const rawMessageBytes = 64 * 1024;

/** `folder` is for its film. */
export async function compareWithWebTorrent(browser: Browser, folder: string): Promise<void> {
	const path = join(folder, 'Film.mp4');
	writeFileSync(path, randomBytes(filmBytes));
	const [server, yardsticks] = await Promise.all([serveTransferPage(), serveYardsticks()]);
	const seeders = await browser.newContext();
	try {
		const peers = new Map<string, Page>();
		const owner = await seeders.newPage();
		const ownerId = await openTransferPage(owner, server.url, peers);
		await owner.setInputFiles('input', path);
		const infoHash = await owner.evaluate(() =>
			(globalThis as unknown as Globals).transferPage.swarm.seed(),
		);
		const seeder = await seeders.newPage();
		await openTorrentPage(seeder, yardsticks.torrentPage);
		await seeder.setInputFiles('input', path);
		const magnet = await seeder.evaluate(() =>
			(globalThis as unknown as Globals).yardstick().seed(),
		);
		const ours: Fetched[] = [];
		const stock: Fetched[] = [];
		const raw: number[] = [];
		for (let round = 0; round < rounds; round += 1) {
			ours.push(
				await inNewProfile(browser, async (viewer) => {
					await openTransferPage(viewer, server.url, peers);
					return viewer.evaluate(
						([wanted, member]) =>
							(globalThis as unknown as Globals).transferPage.swarm.fetch(wanted, member),
						[infoHash, ownerId] as const,
					);
				}),
			);
			stock.push(
				await inNewProfile(browser, async (viewer) => {
					await openTorrentPage(viewer, yardsticks.torrentPage);
					return viewer.evaluate(
						(link) => (globalThis as unknown as Globals).yardstick().download(link),
						magnet,
					);
				}),
			);
			raw.push(
				await inNewProfile(browser, async (viewer) => {
					await openTransferPage(viewer, server.url, peers);
					return measureRaw(owner, viewer, rawMessageBytes, filmBytes);
				}),
			);
		}
		report(ours, stock, median(raw));
	} finally {
		await seeders.close();
		await Promise.all([server.close(), yardsticks.close()]);
	}
}

function report(ours: readonly Fetched[], stock: readonly Fetched[], raw: number): void {
	const speed = (all: readonly Fetched[]) =>
		median(
			all.map(({ elapsedMs, firstByteMs }) =>
				megabytesPerSecond({ bytes: filmBytes, elapsedMs: elapsedMs - firstByteMs }),
			),
		);
	printComparison({
		what: 'swarm of two, after the first byte, beside stock webtorrent',
		...{ ours: speed(ours), yardstick: speed(stock), unit: 'MB/s' },
		goal: { atLeast: 2.5 },
	});
	printComparison({
		what: 'swarm of two, beside a raw RTCDataChannel',
		...{ ours: speed(ours), yardstick: raw, unit: 'MB/s' },
	});
	printComparison({
		what: 'the raw RTCDataChannel, beside stock webtorrent',
		...{ ours: raw, yardstick: speed(stock), unit: 'MB/s' },
	});
	const first = (all: readonly Fetched[]) => median(all.map(({ firstByteMs }) => firstByteMs));
	printComparison({
		what: 'from joining to the first verified byte, beside stock webtorrent',
		...{ ours: first(ours), yardstick: first(stock), unit: 'ms' },
	});
	printFigure('the film', filmMebibytes, 'MiB');
}

async function openTorrentPage(page: Page, url: string): Promise<void> {
	await page.goto(url);
	await page.waitForFunction(() => 'ready' in window);
}

/** What the pages have. */
interface Globals {
	readonly transferPage: TransferPage;
	readonly yardstick: () => TorrentYardstick;
}
