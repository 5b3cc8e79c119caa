// What a benchmark does in a page of the product: click a film and wait for its first picture, seek and wait
// for the next one. The functions run inside the page; times are taken there, in milliseconds.
import type { Page } from '@playwright/test';

/** Clicks the first link to a film whose text has `title`; resolves with the time to its first frame. */
export function clickToFirstFrame(page: Page, title: string): Promise<number> {
	return page.evaluate((wanted) => {
		const links = [...document.querySelectorAll<HTMLElement>('a[href*="/watch/"]')];
		const link = links.find((each) => each.textContent.includes(wanted));
		if (link === undefined) throw new Error(`there is no link to ${wanted}`);
		const startedAt = performance.now();
		return new Promise<number>((resolve) => {
			const observer = new MutationObserver(() => {
				const video = document.querySelector('video');
				if (video === null) return;
				observer.disconnect();
				video.muted = true;
				video.requestVideoFrameCallback(() => resolve(performance.now() - startedAt));
			});
			observer.observe(document, { subtree: true, childList: true });
			link.click();
		});
	}, title);
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
