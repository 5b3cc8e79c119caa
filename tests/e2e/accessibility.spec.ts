// Every page for everybody: no violations of WCAG A and AA that axe can find, in light and dark, on a desktop and a
// phone; everything by keyboard; nothing wider than a narrow phone; no motion for those who want none.
import { expect } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScroll } from '../support/accessibility.ts';
import {
	cardOf,
	clipboardPermissions,
	copyLink,
	expectOnline,
	shareFolder,
	test,
	type People,
} from '../support/browser-people.ts';
import { putFilms } from '../support/media.ts';
import { expectPlaying, positionOf } from '../support/video-pixels.ts';

/** Titles of the film that plays and of the one no browser plays. */
const [playing, failing] = ['Long Way Home', 'Old Tape'];

test('axe finds nothing on any page, in any look', async ({ people, folder }) => {
	test.setTimeout(180_000);
	const { owner, links } = await shareFilms(people, folder);
	await expectAccessible(owner.page);
	await owner.page.getByRole('button', { name: `More for ${playing}` }).click();
	await expect(owner.page.getByRole('menuitem').first()).toBeVisible();
	await expectAccessible(owner.page);

	const { page } = await people.arrive();
	await expect(cardOf(page, playing)).toBeVisible();
	await expectAccessible(page);
	await page.goto(links.playing);
	await expectPlaying(page);
	await expectAccessible(page);
	await page.goto(links.failing);
	await expect(page.getByRole('button', { name: 'Save the file' })).toBeVisible();
	await expectAccessible(page);
	for (const path of ['/settings', '/library', '/no-such-page', '/?q=nothing']) {
		await page.goto(path);
		await expectOnline(page);
		await expectAccessible(page);
	}
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog')).toBeVisible();
	await expectAccessible(page);
});

test('axe finds nothing on the first screen', async ({ people }) => {
	const { page } = await people.arrive();
	await expect(page.getByRole('button', { name: 'Choose a folder' })).toBeVisible();
	await expectOnline(page);
	await expectAccessible(page);
	await page.getByRole('button', { name: 'Paste it' }).click();
	await page.getByRole('button', { name: 'Watch' }).click();
	await expect(page.getByRole('alert')).toHaveText('Paste a link first.');
	await expectAccessible(page);
});

test('everything can be done by keyboard', async ({ people, folder }) => {
	await shareFilms(people, folder);
	const { page } = await people.arrive();
	await expect(cardOf(page, playing)).toBeVisible();

	await test.step('the first Tab offers to skip the header', async () => {
		await page.keyboard.press('Tab');
		await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
		await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeInViewport();
		await page.keyboard.press('Enter');
		await expect(page.getByRole('main')).toBeFocused();
	});

	await test.step('? lists the keys and Escape closes the list', async () => {
		await page.keyboard.press('?');
		await expect(page.getByRole('dialog')).toBeVisible();
		await page.keyboard.press('Escape');
		await expect(page.getByRole('dialog')).toBeHidden();
	});

	await test.step('/ searches', async () => {
		await page.keyboard.press('/');
		await page.keyboard.type('home');
		await expect(page.getByRole('main').getByRole('link')).toHaveCount(1);
		await expect(cardOf(page, playing)).toBeVisible();
		await page.keyboard.press('ControlOrMeta+a');
		await page.keyboard.press('Delete');
		await expect(page.getByRole('main').getByRole('link')).toHaveCount(2);
	});

	await test.step('arrows move in the grid, with a ring to be seen', async () => {
		const cards = page.getByRole('main').getByRole('link');
		await cards.first().focus();
		await page.keyboard.press('ArrowRight');
		await expect(cards.nth(1)).toBeFocused();
		const ring = await cards.nth(1).evaluate((card) => getComputedStyle(card).outlineStyle);
		expect(ring).toBe('solid');
		await page.keyboard.press('ArrowLeft');
		await expect(cards.first()).toBeFocused();
	});

	await test.step('the player answers to its keys', async () => {
		await cardOf(page, playing).focus();
		await page.keyboard.press('Enter');
		await expectPlaying(page);
		const state = () =>
			page.evaluate(() => {
				const video = document.querySelector('video');
				return { isPaused: video?.paused, isMuted: video?.muted, speed: video?.playbackRate };
			});
		await page.keyboard.press('k');
		await expect.poll(state).toEqual({ isPaused: true, isMuted: false, speed: 1 });
		await page.keyboard.press('m');
		await page.keyboard.press('>');
		await expect.poll(state).toEqual({ isPaused: true, isMuted: true, speed: 1.25 });
		await page.keyboard.press('5');
		expect(Math.round(await positionOf(page))).toBe(60);
		await page.keyboard.press('l');
		expect(Math.round(await positionOf(page))).toBe(70);
		await page.keyboard.press('ArrowLeft');
		expect(Math.round(await positionOf(page))).toBe(65);
		await page.keyboard.press('k');
		await expectPlaying(page);
	});
});

test('nothing scrolls sideways on a phone of 320 px', async ({ people, folder }) => {
	const { owner, links } = await shareFilms(people, folder);
	const { page } = await people.arrive({ viewport: { width: 320, height: 640 } });
	await owner.page.setViewportSize({ width: 320, height: 640 });
	await expectNoSidewaysScroll(owner.page);
	await expect(cardOf(page, playing)).toBeVisible();
	await expectNoSidewaysScroll(page);
	for (const address of [links.playing, links.failing, '/library', '/settings', '/nothing']) {
		await page.goto(address);
		await expectOnline(page);
		await expectNoSidewaysScroll(page);
	}
});

test('nothing moves for those who want no motion', async ({ people, folder }) => {
	const { links } = await shareFilms(people, folder);
	const { page } = await people.arrive({ reducedMotion: 'reduce' });
	for (const address of ['/', '/library', '/settings', links.playing]) {
		await page.goto(address);
		await expectOnline(page);
		const moving = await page.evaluate(() =>
			document
				.getAnimations()
				.filter(({ effect }) => Number(effect?.getComputedTiming().activeDuration ?? 0) > 10)
				.map(({ effect }) => (effect as KeyframeEffect).target?.outerHTML),
		);
		expect(moving).toEqual([]);
		const slow = await page.evaluate(() =>
			[...document.querySelectorAll('body *')].flatMap((element) => {
				const { transitionDuration, animationDuration } = getComputedStyle(element);
				const longest = Math.max(
					...[transitionDuration, animationDuration]
						.flatMap((text) => text.split(', '))
						.map(Number.parseFloat),
				);
				return longest > 0.01 ? [`${element.localName} ${longest} s`] : [];
			}),
		);
		expect(slow, `on ${address}`).toEqual([]);
	}
});

async function shareFilms(people: People, folder: string) {
	await putFilms(folder, { [`${playing}.mp4`]: 'mp4-long', [`${failing}.avi`]: 'avi' });
	const owner = await people.arrive(clipboardPermissions);
	await shareFolder(owner.page, folder, 2);
	const links = {
		playing: await copyLink(owner.page, playing),
		failing: await copyLink(owner.page, failing),
	};
	return { owner, links };
}
