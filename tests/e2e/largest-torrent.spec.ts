// The largest torrent anybody may open, on the page for magnets: no task of the page takes long enough to be felt. Other
// tests beside it would be felt.
import { expect, type Page } from '@playwright/test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expectOnline, test } from '../support/browser-people.ts';
import { largestTorrent } from '../support/torrent-bytes.ts';

test('the largest torrent is read and shown without holding up the page', async ({
	people,
	folder,
}) => {
	const { page } = await people.arrive();
	await expectOnline(page);
	await page.goto(new URL('/magnet', page.url()).href);
	await expectOnline(page);
	const path = join(folder, 'Everything.torrent');
	await writeFile(path, largestTorrent());
	const files = page.getByRole('list', { name: 'Files' }).getByRole('listitem');
	const stalls = await stallsDuring(page, async () => {
		await page.setInputFiles('input[type=file]', path);
		await expect(files).toHaveCount(50);
	});
	expect(stalls).toEqual([]);
	await page.getByRole('button', { name: 'Show more of 5,000 files' }).click();
	await expect(files).toHaveCount(100);
	await page.getByRole('button', { name: 'Connect' }).click();
	await expect(page.getByRole('button', { name: 'Close' })).toBeVisible();
});

/** Milliseconds of each task of the page that took longer than 50 ms. */
async function stallsDuring(page: Page, act: () => Promise<void>): Promise<number[]> {
	const stalls = await page.evaluateHandle(() => {
		const durations: number[] = [];
		new PerformanceObserver((list) => {
			durations.push(...list.getEntries().map(({ duration }) => duration));
		}).observe({ type: 'longtask' });
		return durations;
	});
	await act();
	await page.waitForTimeout(300);
	return stalls.jsonValue();
}
