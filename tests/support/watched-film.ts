// What a page has of films: all of the one it watches, as its player reads it, and what is kept on its device.
import type { Page } from '@playwright/test';

/** Reads all of the film the way the player does; its SHA-256. */
export function wholeFilm(page: Page): Promise<string> {
	return page.evaluate(async () => {
		const response = await fetch(document.querySelector('video')?.currentSrc ?? '');
		const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
		return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join(
			'',
		);
	});
}

/** Of pieces on the page's device, which are written behind what is watched. */
export function keptBytes(page: Page): Promise<number> {
	return page.evaluate(async () => {
		let sum = 0;
		// A file that is put in its place is gone for a moment.
		const sizeOf = (handle: FileSystemFileHandle) =>
			handle.getFile().then(
				({ size }) => size,
				() => 0,
			);
		const add = async (directory: FileSystemDirectoryHandle): Promise<void> => {
			for await (const handle of directory.values()) {
				if (handle instanceof FileSystemDirectoryHandle) await add(handle);
				else if (/^\d+$/.test(handle.name)) sum += await sizeOf(handle);
			}
		};
		await add(await navigator.storage.getDirectory());
		return sum;
	});
}
