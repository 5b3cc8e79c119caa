// What a benchmark does in a page of the product: click a film and wait for its first picture, seek and wait
// for the next one. The functions run inside the page; times are taken there, in milliseconds.
import type { Locator, Page } from '@playwright/test';

/** From the pointer's arrival on a card to its press: somebody who knows what they want. */
const restMs = 250;

/**
 * Clicks the first link to a film whose text has `title`; resolves with the time from the click to its first frame.
 * `cold`: nothing announces the click. `person`: the mouse rests on the card before.
 */
export async function clickToFirstFrame(
	page: Page,
	title: string,
	who: 'cold' | 'person',
): Promise<number> {
	const card = page.locator('a[href*="/watch/"]', { hasText: title }).first();
	await card.waitFor();
	if (who === 'person') {
		await card.hover();
		await page.waitForTimeout(restMs);
	}
	const shown = firstFrameAfterClick(page);
	if (who === 'person') await page.mouse.click(...(await centreOf(card)));
	else await card.evaluate((link: HTMLElement) => link.click());
	return shown;
}

async function centreOf(card: Locator): Promise<[x: number, y: number]> {
	const box = await card.boundingBox();
	if (box === null) throw new Error('the card is not on the page');
	return [box.x + box.width / 2, box.y + box.height / 2];
}

function firstFrameAfterClick(page: Page): Promise<number> {
	return page.evaluate(() => {
		return new Promise<number>((resolve) => {
			let startedAt = 0;
			document.addEventListener('click', () => (startedAt = performance.now()), {
				capture: true,
				once: true,
			});
			const observer = new MutationObserver(() => {
				const video = document.querySelector('video');
				if (video === null) return;
				observer.disconnect();
				video.muted = true;
				video.requestVideoFrameCallback(() => resolve(performance.now() - startedAt));
			});
			observer.observe(document, { subtree: true, childList: true });
		});
	});
}

/** Seeks the playing film; resolves with the time to the frame at that place. */
export function seekToFrame(page: Page, seconds: number): Promise<number> {
	return page.evaluate((target) => {
		const video = document.querySelector('video');
		if (video === null) throw new Error('nothing plays');
		const startedAt = performance.now();
		return new Promise<number>((resolve) => {
			const look = (_now: number, { mediaTime }: { mediaTime: number }) => {
				if (Math.abs(mediaTime - target) < 5) resolve(performance.now() - startedAt);
				else video.requestVideoFrameCallback(look);
			};
			video.requestVideoFrameCallback(look);
			video.currentTime = target;
		});
	}, seconds);
}
