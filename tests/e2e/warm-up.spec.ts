// A film is on its way before it is clicked: resting on its card opens the link to its owner, sweeping over it
// does not.
import { expect, type Page } from '@playwright/test';
import { cardOf, expectOnline, shareFolder, test } from '../support/browser-people.ts';
import { putFilms } from '../support/media.ts';
import { expectPlaying } from '../support/video-pixels.ts';

declare global {
	interface Window {
		linksMade: number;
	}
}

test('resting on a card opens the film, sweeping over it does not', async ({ people, folder }) => {
	await putFilms(folder, { 'Harbour Lights.mp4': 'mp4-index-in-front' });
	const owner = await people.arrive();
	await shareFolder(owner.page, folder, 1);
	const viewer = await people.arrive();
	await countLinks(viewer.page);
	await expectOnline(viewer.page);
	const card = cardOf(viewer.page, 'Harbour Lights');
	await expect(card).toBeVisible();

	// In one go: however slow the machine, the pointer does not rest.
	await card.evaluate((link) => {
		for (const under of [link, document.body])
			under.dispatchEvent(new PointerEvent('pointerover', { bubbles: true }));
	});
	await viewer.page.waitForTimeout(300);
	expect(await linksMade(viewer.page)).toBe(0);

	await card.hover();
	await expect.poll(() => linksMade(viewer.page)).toBe(1);
	await card.click();
	await expectPlaying(viewer.page);
});

test('the keyboard warms a film as the pointer does', async ({ people, folder }) => {
	await putFilms(folder, { 'Harbour Lights.mp4': 'mp4-index-in-front' });
	const owner = await people.arrive();
	await shareFolder(owner.page, folder, 1);
	const viewer = await people.arrive();
	await countLinks(viewer.page);
	await expectOnline(viewer.page);
	await cardOf(viewer.page, 'Harbour Lights').focus();
	await expect.poll(() => linksMade(viewer.page)).toBe(1);
	await viewer.page.keyboard.press('Enter');
	await expectPlaying(viewer.page);
});

/** Loads the page anew and counts every connection it makes from then on. */
async function countLinks(page: Page): Promise<void> {
	await page.addInitScript(() => {
		window.linksMade = 0;
		window.RTCPeerConnection = class extends RTCPeerConnection {
			constructor(configuration?: RTCConfiguration) {
				super(configuration);
				window.linksMade += 1;
			}
		};
	});
	await page.reload();
}

const linksMade = (page: Page) => page.evaluate(() => window.linksMade);
