// A page as a browser that has never been here opens it.
import type { Browser, Page } from '@playwright/test';

/** Its profile is gone when `use` is over. */
export async function inNewProfile<Result>(
	browser: Browser,
	use: (page: Page) => Promise<Result>,
): Promise<Result> {
	const context = await browser.newContext();
	try {
		return await use(await context.newPage());
	} finally {
		await context.close();
	}
}
