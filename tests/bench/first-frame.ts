// From a click on a film nobody has opened yet to its first picture, and from a seek to the next one: ours from
// another browser, beside <video> over plain HTTP and beside stock webtorrent by magnet link, in one run.
// Hour-long 1080p MP4s, index in front and at the end. Every sample has a new browser profile.
import { chromium, type Browser, type Page } from '@playwright/test';
import { dirname } from 'node:path';
import { chromiumFlags, chromiumPath } from '../support/chromium.ts';
import { dropOnPage } from '../support/drop-folder.ts';
import { startHousehold } from '../support/household.ts';
import { hourLongFilm } from './films.ts';
import { median, printComparison, printFigure } from './measure.ts';
import { inNewProfile } from './new-profile.ts';
import { clickToFirstFrame, seekToFrame } from './watching.ts';
import { serveYardsticks, type Yardsticks } from './yardstick-pages.ts';

const rounds = Number(process.env['ROUNDS'] ?? 5);
const worstFirstFrameMs = 500;
const worstSeekMs = 300;
/** Places nobody has buffered, in seconds. */
const seekTargets = [1200, 2700, 600];

interface PageWithYardstick {
	play(src: string): Promise<number>;
	seed(): Promise<string>;
	playMagnet(magnet: string): Promise<number>;
}

export async function benchFirstFrame(): Promise<void> {
	const yardsticks = await serveYardsticks();
	const household = await startHousehold();
	const launch = () => chromium.launch({ executablePath: chromiumPath(), args: chromiumFlags });
	const [owners, viewers] = await Promise.all([launch(), launch()]);
	try {
		const owner = await owners.newPage();
		await owner.goto(household.url);
		await owner.getByText('Online').first().waitFor();
		for (const index of ['front', 'end'] as const) {
			await dropOnPage(owner, [dirname(hourLongFilm(index))]);
			await owner.getByText(`hour-index-${index}`).first().waitFor();
		}
		for (const index of ['front', 'end'] as const) {
			await compareWithHttp(viewers, household.url, yardsticks, index);
		}
		await compareWithWebTorrent(owners, viewers, household.url, yardsticks);
	} finally {
		await Promise.all([owners.close(), viewers.close()]);
		await household.dispose();
		await yardsticks.close();
	}
}

async function compareWithHttp(
	viewers: Browser,
	url: string,
	yardsticks: Yardsticks,
	index: 'front' | 'end',
): Promise<void> {
	const cold: number[] = [];
	const person: number[] = [];
	const http: number[] = [];
	const seeks: number[] = [];
	for (let round = 0; round < rounds; round += 1) {
		http.push(
			await inNewProfile(viewers, async (page) => {
				await page.goto(yardsticks.playerPage);
				const film = yardsticks.filmUrl(hourLongFilm(index));
				return page.evaluate((src) => yardstick().play(src), film);
			}),
		);
		cold.push(
			await inNewProfile(viewers, async (page) => {
				const firstFrameMs = await watchOurs(page, url, `hour-index-${index}`, 'cold');
				for (const target of seekTargets) seeks.push(await seekToFrame(page, target));
				return firstFrameMs;
			}),
		);
		person.push(
			await inNewProfile(viewers, (page) => watchOurs(page, url, `hour-index-${index}`, 'person')),
		);
	}
	const what = `index ${index === 'front' ? 'in front' : 'at the end'}`;
	for (const [who, samples] of [
		['cold link', cold],
		['after resting on the card', person],
	] as const) {
		printComparison({
			what: `Click to first frame, ${who}, ${what}, beside <video> over HTTP`,
			ours: median(samples),
			yardstick: median(http),
			unit: 'ms',
			goal: { atMost: 3 },
		});
		const worst = Math.max(...samples);
		printFigure(`Click to first frame, ${who}, ${what}, worst`, worst, 'ms', worstFirstFrameMs);
	}
	printFigure(`Seek to unbuffered, ${what}, median`, median(seeks), 'ms', worstSeekMs);
	printFigure(`Seek to unbuffered, ${what}, worst`, Math.max(...seeks), 'ms');
}

async function compareWithWebTorrent(
	owners: Browser,
	viewers: Browser,
	url: string,
	yardsticks: Yardsticks,
): Promise<void> {
	const seeder = await owners.newPage();
	await seeder.goto(yardsticks.torrentPage);
	await seeder.waitForFunction(() => 'ready' in window);
	await seeder.setInputFiles('input', hourLongFilm('front'));
	const magnet = await seeder.evaluate(() => yardstick().seed());
	const ours: number[] = [];
	const torrent: number[] = [];
	for (let round = 0; round < Math.min(rounds, 3); round += 1) {
		torrent.push(
			await inNewProfile(viewers, async (page) => {
				await page.goto(yardsticks.torrentPage);
				await page.waitForFunction(() => 'ready' in window);
				return page.evaluate((link) => yardstick().playMagnet(link), magnet);
			}),
		);
		ours.push(
			await inNewProfile(viewers, (page) => watchOurs(page, url, 'hour-index-front', 'cold')),
		);
	}
	printComparison({
		what: 'Click to first frame beside stock webtorrent by magnet',
		ours: median(ours),
		yardstick: median(torrent),
		unit: 'ms',
		goal: { atMost: 1 },
	});
}

async function watchOurs(
	page: Page,
	url: string,
	title: string,
	who: 'cold' | 'person',
): Promise<number> {
	await page.goto(url);
	await page.getByText(title).first().waitFor();
	// As on every visit but for the first second of the first: the edge is reached, the worker that streams in charge.
	await page.getByText('Online').first().waitFor();
	await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
	return clickToFirstFrame(page, title, who);
}

/** The functions of the yardstick's page; called inside it. */
declare function yardstick(): PageWithYardstick;

if (import.meta.main) {
	await benchFirstFrame();
	process.exit(0);
}
