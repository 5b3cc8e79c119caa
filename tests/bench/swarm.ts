// What a swarm brings: one owner and five viewers who serve each other, beside five who take all of it from the owner;
// and one film from member to member, beside stock webtorrent with its default store. Loopback interface; the owner's
// line is as narrow as a home's, because that is what a swarm is for.
import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromiumFlags, chromiumPath } from '../support/chromium.ts';
import { dropOnPage } from '../support/drop-folder.ts';
import { startHousehold } from '../support/household.ts';
import { putFilms } from '../support/media.ts';
import { openTransferPage, serveTransferPage } from '../support/transfer-page.ts';
import type { Fetched, TransferPage } from '../support/web/transfer-page/calls.ts';
import { median, printComparison, printFigure } from './measure.ts';
import { clickToFirstFrame } from './watching.ts';
import { serveYardsticks, type TorrentYardstick } from './yardstick-pages.ts';

const mebibyte = 1024 * 1024;
const viewerCount = 5;
const ownerKbps = 20_000;
const rounds = Number(process.env['ROUNDS'] ?? 2);
const filmMebibytes = Number(process.env['FILM_MEBIBYTES'] ?? 48);

interface Evening {
	readonly elapsedMs: number;
	/** How often the owner sent the film. */
	readonly copies: number;
}

export async function benchSwarm(): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'bench-swarm-'));
	const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumFlags });
	try {
		await compareWithWebTorrent(browser, folder);
		const together = await watchTogether(browser, folder, true);
		const apart = await watchTogether(browser, folder, false);
		const what = `five viewers of an owner who sends ${ownerKbps / 1000} Mbit/s`;
		printComparison({
			what: `${what}, until all have the film, beside direct streams alone`,
			...{ ours: together.elapsedMs / 1000, yardstick: apart.elapsedMs / 1000, unit: 's' },
			goal: { atMost: 1 },
		});
		printComparison({
			what: `${what}, sent by the owner`,
			...{ ours: together.copies, yardstick: apart.copies, unit: 'copies' },
			goal: { atMost: 0.5 },
		});
	} finally {
		await browser.close();
		rmSync(folder, { recursive: true });
	}
}

// ---------------------------------------------------------------- five viewers

/** `serves`: whether viewers give on what they have. */
async function watchTogether(browser: Browser, folder: string, serves: boolean): Promise<Evening> {
	const household = await startHousehold();
	const contexts: BrowserContext[] = [];
	const arrive = async () => {
		const context = await browser.newContext({ baseURL: household.url });
		contexts.push(context);
		await context.addInitScript(countSentBytes);
		return context.newPage();
	};
	try {
		const owner = await arrive();
		const shared = join(folder, 'shared');
		await putFilms(shared, { 'Long Way Home.mp4': 'mp4-long' });
		await owner.goto('/settings');
		const cap = owner.getByLabel('Most to send');
		await cap.fill(String(ownerKbps));
		await cap.press('Enter');
		await owner.goto('/');
		await owner.getByText('Online').first().waitFor();
		await dropOnPage(owner, [shared]);
		const viewers: Page[] = [];
		for (let count = 0; count < viewerCount; count += 1) viewers.push(await arrive());
		for (const viewer of viewers) await prepare(viewer, serves);
		await untilHashed(household.url, viewers[0]);
		const before = await owner.evaluate(sentBytes);
		const startedAtMs = performance.now();
		const sizes = await Promise.all(viewers.map(watchWhole));
		const elapsedMs = performance.now() - startedAtMs;
		const sent = (await owner.evaluate(sentBytes)) - before;
		return { elapsedMs, copies: sent / (sizes[0] ?? NaN) };
	} finally {
		for (const context of contexts) await context.close();
		await household.dispose();
	}
}

async function prepare(viewer: Page, serves: boolean): Promise<void> {
	if (!serves) {
		await viewer.goto('/settings');
		await viewer.getByRole('switch', { name: 'Serve what I have watched' }).click();
	}
	await viewer.goto('/');
	await viewer.getByText('Long Way Home').first().waitFor();
	await viewer.getByText('Online').first().waitFor();
	await viewer.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

/** A swarm needs the film's torrent in the catalog. */
async function untilHashed(origin: string, viewer: Page | undefined): Promise<void> {
	const link = viewer?.locator('a[href*="/watch/"]', { hasText: 'Long Way Home' }).first();
	const href = (await link?.getAttribute('href')) ?? '';
	const catalogId = new URL(href, origin).pathname.split('/').at(-1);
	for (;;) {
		const response = await fetch(`${origin}/giggityflix.v1.CatalogService/GetEntry`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ catalogId }),
		});
		const { entry } = (await response.json()) as { entry?: { torrent?: unknown } };
		if (entry?.torrent) return;
		await sleep(200);
	}
}

/** From the click to the last byte, as the player reads it; resolves with how many there are. */
async function watchWhole(viewer: Page): Promise<number> {
	await clickToFirstFrame(viewer, 'Long Way Home', 'cold');
	return viewer.evaluate(async () => {
		const response = await fetch(document.querySelector('video')?.currentSrc ?? '');
		return (await response.arrayBuffer()).byteLength;
	});
}

/** Runs in the page before anything of it: counts what leaves it, by whatever way. */
function countSentBytes(): void {
	const counted = globalThis as unknown as { sentBytes: number };
	counted.sentBytes = 0;
	const { send } = RTCDataChannel.prototype;
	RTCDataChannel.prototype.send = function (
		message: string | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>,
	) {
		if (typeof message !== 'string' && 'byteLength' in message) {
			counted.sentBytes += message.byteLength;
		}
		Reflect.apply(send, this, [message]);
	};
}

const sentBytes = (): number => (globalThis as unknown as { sentBytes: number }).sentBytes;

// ---------------------------------------------------------------- member to member

async function compareWithWebTorrent(browser: Browser, folder: string): Promise<void> {
	const path = join(folder, 'Film.mp4');
	writeFileSync(path, randomBytes(filmMebibytes * mebibyte));
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
		const seeder = await openTorrentPage(seeders, yardsticks.torrentPage);
		await seeder.setInputFiles('input', path);
		const magnet = await seeder.evaluate(() =>
			(globalThis as unknown as Globals).yardstick().seed(),
		);
		const ours: Fetched[] = [];
		const stock: Fetched[] = [];
		for (let round = 0; round < rounds; round += 1) {
			ours.push(
				await inNewProfile(browser, async (context) => {
					const viewer = await context.newPage();
					await openTransferPage(viewer, server.url, peers);
					return viewer.evaluate(
						([wanted, member]) =>
							(globalThis as unknown as Globals).transferPage.swarm.fetch(wanted, member),
						[infoHash, ownerId] as const,
					);
				}),
			);
			stock.push(
				await inNewProfile(browser, async (context) => {
					const viewer = await openTorrentPage(context, yardsticks.torrentPage);
					return viewer.evaluate(
						(link) => (globalThis as unknown as Globals).yardstick().download(link),
						magnet,
					);
				}),
			);
		}
		report(ours, stock);
	} finally {
		await seeders.close();
		await Promise.all([server.close(), yardsticks.close()]);
	}
}

function report(ours: readonly Fetched[], stock: readonly Fetched[]): void {
	const speed = ({ elapsedMs, firstByteMs }: Fetched) =>
		(filmMebibytes * 1.048576) / ((elapsedMs - firstByteMs) / 1000);
	printComparison({
		what: 'swarm of two, after the first byte, beside stock webtorrent',
		...{ ours: median(ours.map(speed)), yardstick: median(stock.map(speed)), unit: 'MB/s' },
		goal: { atLeast: 2.5 },
	});
	const first = (all: readonly Fetched[]) => median(all.map(({ firstByteMs }) => firstByteMs));
	printComparison({
		what: 'from joining to the first verified byte, beside stock webtorrent',
		...{ ours: first(ours), yardstick: first(stock), unit: 'ms' },
	});
	printFigure('the film', filmMebibytes, 'MiB');
}

async function openTorrentPage(context: BrowserContext, url: string): Promise<Page> {
	const page = await context.newPage();
	await page.goto(url);
	await page.waitForFunction(() => 'ready' in window);
	return page;
}

async function inNewProfile<Result>(
	browser: Browser,
	use: (context: BrowserContext) => Promise<Result>,
): Promise<Result> {
	const context = await browser.newContext();
	try {
		return await use(context);
	} finally {
		await context.close();
	}
}

/** What the pages have. */
interface Globals {
	readonly transferPage: TransferPage;
	readonly yardstick: () => TorrentYardstick;
}

if (import.meta.main) {
	await benchSwarm();
	process.exit(0);
}
