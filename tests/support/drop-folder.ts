// Drops real files and folders on a page as a person does, through Chromium's own input events: the page
// gets true FileSystemHandles and no dialog opens. Knows nothing of what the page does with them.
import type { Page } from '@playwright/test';

/** Absolute paths; `at` is where the mouse lets go, by default the middle of the page. */
export async function dropOnPage(
	page: Page,
	paths: readonly string[],
	at?: { x: number; y: number },
): Promise<void> {
	const size = page.viewportSize() ?? { width: 800, height: 600 };
	const { x, y } = at ?? { x: size.width / 2, y: size.height / 2 };
	const data = { items: [], files: [...paths], dragOperationsMask: 1 };
	const session = await page.context().newCDPSession(page);
	try {
		for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
			await session.send('Input.dispatchDragEvent', { type, x, y, data });
		}
	} finally {
		await session.detach();
	}
}
