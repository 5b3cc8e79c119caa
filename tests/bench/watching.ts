// What a benchmark does in a page of the product: click a film and wait for its first picture, seek and wait
// for the next one. The functions run inside the page; times are taken there, in milliseconds.
import type { Page } from '@playwright/test';

/** From the pointer's arrival on a card to its press: somebody who knows what they want. */
const restMs = 250;

/**
 * Clicks the first link to a film whose text has `title`, with the mouse as a person does; resolves with the time
 * from the click to its first frame.
 */
export async function clickToFirstFrame(page: Page, title: string): Promise<number> {
	const card = page.locator('a[href*="/watch/"]', { hasText: title }).first();
	await card.hover();
	await page.waitForTimeout(restMs);
	const shown = firstFrameAfterClick(page);
	await page.mouse.down();
	await page.mouse.up();
	return shown;
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
