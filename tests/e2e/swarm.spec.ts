// Who watches a film serves it: two, three and five browsers in one swarm, owners that leave, members that lie or die,
// and people who have said that nothing of theirs is sent. What is complete has the hash `sha256sum` gives.
import { expect, type Page } from '@playwright/test';
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
	clipboardPermissions,
	copyLink,
	shareFolder,
	test,
	withPeople,
	type People,
	type Person,
} from '../support/browser-people.ts';
import { startHousehold } from '../support/household.ts';
import { putFilms } from '../support/media.ts';
import { openStockPage } from '../support/stock-swarm.ts';
import { startStockTracker } from '../support/stock-tracker.ts';
import { startStockWebTorrent } from '../support/stock-webtorrent.ts';
import { expectPlaying } from '../support/video-pixels.ts';
import { keptBytes, wholeFilm } from '../support/watched-film.ts';

const title = 'Long Way Home';
const fileName = `${title}.mp4`;

interface Shared {
	readonly owner: Person;
	readonly link: string;
	/** As `sha256sum` says. */
	readonly sha256: string;
	readonly infoHash: string;
}

test.describe.configure({ timeout: 60_000 });

test('a viewer who has all of a film gives it to the next when the owner has left', async ({
	people,
	household,
	folder,
}) => {
	const shared = await share(people, household.url, folder);
	const first = await watch(people, shared.link);
	expect(await wholeFilm(first.page)).toBe(shared.sha256);
	await slowDown(shared.owner);
	const second = await watch(people, shared.link);
	await expectInPlot(second.page, 'swarm');
	await shared.owner.context.close();
	expect(await wholeFilm(second.page)).toBe(shared.sha256);
});

test('a viewer who dies half-way costs nothing but time', async ({ people, household, folder }) => {
	const shared = await share(people, household.url, folder);
	const [first, second] = [await watch(people, shared.link), await watch(people, shared.link)];
	expect(await wholeFilm(first.page)).toBe(shared.sha256);
	await slowDown(shared.owner, 16_000);
	const third = await watch(people, shared.link);
	const got = wholeFilm(third.page);
	await expectInPlot(third.page, 'swarm');
	await first.context.close();
	expect(await got).toBe(shared.sha256);
	await expectPlaying(second.page);
});

test('five viewers of one slow owner get the whole film from each other', async ({
	people,
	household,
	folder,
}) => {
	const shared = await share(people, household.url, folder);
	const first = await watch(people, shared.link);
	expect(await wholeFilm(first.page)).toBe(shared.sha256);
	await first.page.evaluate(() => document.querySelector('video')?.pause());
	await slowDown(shared.owner, 16_000);
	const others: Person[] = [];
	for (let count = 0; count < 4; count += 1) {
		const other = await watch(people, shared.link);
		// Five films side by side are a matter of the machine.
		await other.page.evaluate(() => document.querySelector('video')?.pause());
		others.push(other);
	}
	await shared.owner.context.close();
	const got = await Promise.all(others.map(({ page }) => wholeFilm(page)));
	expect(got).toEqual(others.map(() => shared.sha256));
});

test('a member that lies is dropped and told of, and the film plays on', async ({
	people,
	household,
	folder,
}) => {
	const shared = await share(people, household.url, folder);
	const liar = startStockWebTorrent(
		'lie',
		`${household.url.replace(/^http/, 'ws')}/announce`,
		join(folder, fileName),
	);
	try {
		expect((await liar.result).infoHash).toBe(shared.infoHash);
		await slowDown(shared.owner, 16_000);
		const viewer = await watch(people, shared.link);
		const got = wholeFilm(viewer.page);
		await expect(viewer.page.getByText('Somebody in the swarm sent something else.')).toBeVisible({
			timeout: 40_000,
		});
		expect(await got).toBe(shared.sha256);
		await expectPlaying(viewer.page);
	} finally {
		await liar.end();
	}
});

test('a link plays although its owner has left, from who has watched it, and later from this device alone', async ({
	people,
	household,
	folder,
}) => {
	const shared = await share(people, household.url, folder);
	const first = await watch(people, shared.link);
	expect(await wholeFilm(first.page)).toBe(shared.sha256);
	await shared.owner.context.close();

	const second = await watch(people, shared.link);
	await expect(statusOf(second.page)).toContainText('From others who have the film');
	await second.page.evaluate(() => (document.querySelector('video')!.currentTime = 40));
	await expectPlaying(second.page);
	expect(await wholeFilm(second.page)).toBe(shared.sha256);
	const { size } = await stat(join(folder, fileName));
	await expect.poll(() => keptBytes(second.page), { timeout: 20_000 }).toBe(size);

	await first.context.close();
	await second.page.reload();
	await expectPlaying(second.page);
	expect(await wholeFilm(second.page)).toBe(shared.sha256);
});

test('a link plays although its owner has left, from a stock WebTorrent page', async ({
	people,
	household,
	folder,
	browser,
}) => {
	const shared = await share(people, household.url, folder);
	const stock = await openStockPage(browser, household.url);
	expect(await stock.get(shared.infoHash)).toBe(shared.sha256);
	await shared.owner.context.close();
	const viewer = await watch(people, shared.link);
	expect(await wholeFilm(viewer.page)).toBe(shared.sha256);
	await stock.close();
});

test('a film is found on a tracker the operator has added, which its magnet names', async ({
	browser,
	folder,
}) => {
	const tracker = await startStockTracker();
	const household = await startHousehold({ WEBTORRENT_TRACKERS: tracker.url });
	try {
		await withPeople(browser, household.url, async (people) => {
			const shared = await share(people, household.url, folder);
			const viewer = await people.arrive(clipboardPermissions);
			await viewer.page.goto(shared.link);
			await expectPlaying(viewer.page);
			await viewer.page.getByRole('button', { name: 'Copy magnet' }).click();
			const magnet = () => viewer.page.evaluate(() => navigator.clipboard.readText());
			await expect.poll(magnet).toContain(`tr=${encodeURIComponent(tracker.url)}`);
			expect(await wholeFilm(viewer.page)).toBe(shared.sha256);
			const stock = startStockWebTorrent('get', tracker.url, shared.infoHash);
			try {
				expect(await stock.result).toEqual({
					infoHash: shared.infoHash,
					sha256: shared.sha256,
				});
			} finally {
				await stock.end();
			}
		});
	} finally {
		await household.dispose();
		await tracker.close();
	}
});

for (const reason of ['switched off', 'metered'] as const) {
	test(`a viewer serves nothing while that is ${reason}, and everything afterwards`, async ({
		people,
		household,
		folder,
		browser,
	}) => {
		test.setTimeout(120_000);
		const shared = await share(people, household.url, folder);
		const viewer = await people.arrive();
		await viewer.context.addInitScript(beOnMobileNetwork, reason === 'metered');
		const settings = await viewer.openTab('/settings');
		const serving = settings.getByRole('switch', { name: 'Serve what I have watched' });
		await expect(serving).toBeChecked();
		if (reason === 'metered')
			await expect(settings.getByText('this connection is metered')).toBeVisible();
		else await serving.click();
		await viewer.page.goto(shared.link);
		await expectPlaying(viewer.page);
		expect(await wholeFilm(viewer.page)).toBe(shared.sha256);
		await shared.owner.context.close();

		const stock = await openStockPage(browser, household.url);
		const got = stock.get(shared.infoHash);
		// Long enough for the owner to come, who takes a second where films are seeded.
		expect(await Promise.race([got, silence(5_000)])).toBe('nobody');
		if (reason === 'metered') await viewer.page.evaluate(comeHome);
		else await serving.click();
		expect(await got).toBe(shared.sha256);
		await stock.close();
	});
}

/** Hashed and open to everyone. */
async function share(people: People, origin: string, folder: string): Promise<Shared> {
	await putFilms(folder, { [fileName]: 'mp4-long' });
	const { stdout } = await promisify(execFile)('sha256sum', [join(folder, fileName)]);
	const owner = await people.arrive(clipboardPermissions);
	await shareFolder(owner.page, folder, 1);
	const link = await copyLink(owner.page, title);
	await expect.poll(() => infoHashOf(origin, link), { timeout: 30_000 }).not.toBe('');
	const infoHash = await infoHashOf(origin, link);
	return { owner, link, sha256: stdout.slice(0, 64), infoHash };
}

async function infoHashOf(origin: string, link: string): Promise<string> {
	const catalogId = new URL(link).pathname.split('/').at(-1);
	const response = await fetch(`${origin}/giggityflix.v1.CatalogService/GetEntry`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ catalogId }),
	});
	const { entry } = (await response.json()) as { entry?: { torrent?: { infoHash: string } } };
	return Buffer.from(entry?.torrent?.infoHash ?? '', 'base64').toString('hex');
}

async function watch(people: People, link: string): Promise<Person> {
	const viewer = await people.arrive();
	await viewer.page.goto(link);
	await expectPlaying(viewer.page);
	return viewer;
}

/** The connection in words, as it is said to those who cannot see it. */
const statusOf = (page: Page) => page.getByRole('main').getByRole('status');

/** So that the film is not there before the swarm is. */
async function slowDown(owner: Person, kbps = 4000): Promise<void> {
	const settings = await owner.openTab('/settings');
	const cap = settings.getByLabel('Most to send');
	await cap.fill(String(kbps));
	await cap.press('Enter');
	await expect(cap).toHaveValue(String(kbps));
	await settings.close();
}

async function expectInPlot(page: Page, name: string): Promise<void> {
	const plot = page.getByRole('region', { name: 'Where the film comes from' });
	await expect(plot.getByRole('img')).toHaveAttribute('aria-label', new RegExp(`${name} \\d+`), {
		timeout: 30_000,
	});
}

async function silence(durationMs: number): Promise<string> {
	await new Promise((resolve) => setTimeout(resolve, durationMs));
	return 'nobody';
}

/** Runs in the page. */
function beOnMobileNetwork(isMobile: boolean): void {
	if (!isMobile) return;
	const connection = Object.assign(new EventTarget(), { type: 'cellular', saveData: false });
	Object.defineProperty(navigator, 'connection', { value: connection });
}

/** Runs in the page. */
function comeHome(): void {
	const { connection } = navigator as unknown as { connection: EventTarget & { type: string } };
	connection.type = 'wifi';
	connection.dispatchEvent(new Event('change'));
}
