// The whole way of a film, in two real browsers: a folder dropped on one page is watched on another, and goes on
// through reloads of either side, a restart of the edge, and the owner's leaving and returning.
import { expect, type Locator, type Page } from '@playwright/test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
	cardOf,
	clipboardPermissions,
	copyLink,
	expectOnline,
	networkPill,
	shareFolder,
	test,
} from '../support/browser-people.ts';
import { filmSeconds, longFilmSeconds, putFilms } from '../support/media.ts';
import { expectPlaying, positionOf, seekTo } from '../support/video-pixels.ts';

/** Shown for longer than any of the short films lasts: it is there also when one is over. */
const subtitles = `1
00:00:00,000 --> 00:01:00,000
<img src=x onerror="window.__xss=1">Good <i>evening</i> if 1 < 2
`;

test('a folder of every common container is shared, found live and watched', async ({
	people,
	folder,
}) => {
	test.setTimeout(120_000);
	await putFilms(folder, {
		'Harbour Lights.mp4': 'mp4-index-in-front',
		'Cameras/Index Last.mp4': 'mp4-index-at-end',
		'Shows/Season 1/Night Train.mkv': 'mkv',
		'Garden.webm': 'webm',
		'Phone.mov': 'mov',
	});
	await writeFile(join(folder, 'Harbour Lights.en.srt'), subtitles);
	const owner = await people.arrive(clipboardPermissions);
	const viewer = await people.arrive();
	await expectOnline(viewer.page);
	await expect(viewer.page.getByRole('heading', { level: 1 })).toContainText('Your films');

	await shareFolder(owner.page, folder, 5);
	const titles = ['Harbour Lights', 'Index Last', 'Night Train', 'Garden', 'Phone'];
	for (const title of titles) {
		const row = owner.page.getByRole('listitem').filter({ hasText: title });
		await expect(row).toContainText('Ready');
		await expect(row).toContainText(`0:0${filmSeconds} · 360p`);
		await expectPicture(row.locator('img'));
	}

	// Nobody has reloaded the viewer's page.
	for (const title of titles) {
		await expect(cardOf(viewer.page, title)).toBeVisible();
		await expectPicture(cardOf(viewer.page, title).locator('img'));
	}

	for (const title of titles) {
		await cardOf(viewer.page, title).click();
		await expect(viewer.page.getByRole('heading', { level: 1, name: title })).toBeVisible();
		await expectPlaying(viewer.page);
		await expect(viewer.page.getByRole('status').filter({ hasText: 'Direct from' })).toBeAttached();
		await viewer.page.getByRole('link', { name: 'Catalog' }).first().click();
	}

	const links = [];
	for (const title of titles) links.push(await copyLink(owner.page, title));
	for (const link of links) {
		const stranger = await people.arrive();
		await stranger.page.goto(link);
		await expectPlaying(stranger.page);
		await stranger.context.close();
	}

	const [first = ''] = links;
	await viewer.page.goto(first);
	await expectPlaying(viewer.page);
	await viewer.page.keyboard.press('c');
	await expect.poll(() => shownSubtitle(viewer.page)).toBeDefined();
	// Tags other than those of subtitles are left out, as old formats carry fonts and colours in them.
	const shown = { text: 'Good evening if 1 < 2', elements: ['I'] };
	expect(await shownSubtitle(viewer.page)).toEqual(shown);
	expect(await viewer.page.evaluate(() => '__xss' in window)).toBe(false);
});

test('playback outlives a reload of either side and a restart of the edge', async ({
	people,
	household,
	folder,
}) => {
	test.setTimeout(120_000);
	await putFilms(folder, { 'Long Way Home.mp4': 'mp4-long' });
	const owner = await people.arrive(clipboardPermissions);
	await shareFolder(owner.page, folder, 1);
	const link = await copyLink(owner.page, 'Long Way Home');
	const viewer = await people.arrive();
	await viewer.page.goto(link);
	await expectPlaying(viewer.page);

	await test.step('a seek to what has not been fetched', async () => {
		await seekTo(viewer.page, 70);
		await expectPlaying(viewer.page);
		expect(await positionOf(viewer.page)).toBeGreaterThanOrEqual(70);
	});

	await test.step('the viewer reloads and is where they were', async () => {
		await viewer.page.reload();
		await expectPlaying(viewer.page);
		expect(await positionOf(viewer.page)).toBeGreaterThan(68);
		expect(await positionOf(viewer.page)).toBeLessThan(90);
	});

	await test.step('the owner reloads and the viewer goes on', async () => {
		await owner.page.reload();
		await expectOnline(owner.page);
		await seekTo(viewer.page, 30);
		await expectPlaying(viewer.page, 30_000);
		expect(await positionOf(viewer.page)).toBeGreaterThanOrEqual(30);
	});

	await test.step('the edge is away and nobody notices', async () => {
		await household.stop();
		await expect(networkPill(viewer.page)).not.toContainText('Online');
		await seekTo(viewer.page, 105);
		await expectPlaying(viewer.page);
		// A server may take longer to start than the film still lasts there.
		await seekTo(viewer.page, 20);
		await household.restart();
		await expectOnline(owner.page);
		await expectOnline(viewer.page);
		await expectPlaying(viewer.page);
	});

	await test.step('the catalog is right again', async () => {
		const visitor = await people.arrive();
		await expect(cardOf(visitor.page, 'Long Way Home')).toHaveCount(1);
		await expect(visitor.page.getByRole('heading', { level: 1 })).toContainText('1');
		await cardOf(visitor.page, 'Long Way Home').click();
		await expectPlaying(visitor.page);
	});
});

test('an owner who leaves is waited for', async ({ people, folder }) => {
	test.setTimeout(120_000);
	await putFilms(folder, { 'Long Way Home.mp4': 'mp4-long', 'Short.mp4': 'mp4-index-in-front' });
	const owner = await people.arrive(clipboardPermissions);
	await shareFolder(owner.page, folder, 2);
	const link = await copyLink(owner.page, 'Long Way Home');
	// Nobody but the owner has it; of the other, whoever watches has a part.
	const otherLink = await copyLink(owner.page, 'Short');
	const [watching, waiting] = [await people.arrive(), await people.arrive()];
	await watching.page.goto(link);
	await expectPlaying(watching.page);

	// Chromium keeps the permission to the folder for as long as the origin has a tab; this one holds no peer.
	await owner.openTab('/favicon.svg');
	await owner.page.close();
	await seekTo(watching.page, longFilmSeconds - 20);
	await expect(watching.page.getByRole('heading', { name: /is away$/ })).toBeVisible();

	await waiting.page.goto(otherLink);
	await waiting.page.getByRole('button', { name: /^Tell me when .+ is back$/ }).click();
	await expect(waiting.page.getByText('You hear from us here')).toBeVisible();
	await waiting.page.getByRole('link', { name: 'Catalog' }).first().click();

	const returned = await owner.openTab('/library');
	await expectOnline(returned);
	await expectPlaying(watching.page, 30_000);
	const toast = waiting.page.getByText('“Short” can be watched now.');
	await expect(toast).toBeVisible();
	await waiting.page.getByRole('button', { name: 'Watch' }).click();
	await expectPlaying(waiting.page);
});

/** The picture has arrived and is one. */
async function expectPicture(image: Locator) {
	await expect
		.poll(() => image.evaluate((element) => (element as HTMLImageElement).naturalWidth))
		.toBeGreaterThan(100);
}

/** The subtitle over the picture, as the browser draws it. */
const shownSubtitle = (page: Page) =>
	page.evaluate(() => {
		const tracks = [...(document.querySelector('video')?.textTracks ?? [])];
		const cue = tracks.find((track) => track.mode === 'showing')?.activeCues?.[0];
		if (!(cue instanceof VTTCue)) return undefined;
		const drawn = cue.getCueAsHTML();
		const elements = [...drawn.querySelectorAll('*')].map((element) => element.nodeName);
		return { text: drawn.textContent, elements };
	});
