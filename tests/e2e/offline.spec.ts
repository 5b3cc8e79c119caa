// After one visit the app opens without its server, says so, and plays what is on this device. Also what makes it
// installable.
import { expect, type Page } from '@playwright/test';
import { cardOf, expectOnline, networkPill, shareFolder, test } from '../support/browser-people.ts';
import { putFilms } from '../support/media.ts';
import { expectPlaying } from '../support/video-pixels.ts';

test('every page opens from the shell, and films of one’s own play', async ({
	people,
	household,
	folder,
}) => {
	await putFilms(folder, { 'Garden.webm': 'webm' });
	const owner = await people.arrive();
	const { page } = owner;
	await shareFolder(page, folder, 1);
	const own = await page.getByRole('link', { name: 'Play Garden here' }).getAttribute('href');
	await isKept(page);
	await household.stop();

	await page.goto('/');
	await expect(networkPill(page)).toContainText(/Offline|Connecting/);
	await expect(page.getByText('You are offline. Films on this device still play.')).toBeVisible();
	await expect(cardOf(page, 'Garden')).toContainText('on this device');

	await page.goto('/library');
	await expect(page.getByRole('listitem')).toContainText(['Garden']);

	await page.goto(own ?? '');
	await expectPlaying(page);

	await page.goto(`/watch/${'a'.repeat(26)}`);
	const notice = page.getByRole('heading', { name: 'The server cannot be reached' });
	await expect(notice).toBeVisible();

	await page.goto('/settings');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Settings');

	await test.step('the server is back', async () => {
		await household.restart();
		await expectOnline(page);
		await page.goto('/');
		await expect(page.getByText('You are offline')).toBeHidden();
		await expect(cardOf(page, 'Garden')).toBeVisible();
	});
});

test('a visitor without films is told that the server is away', async ({ people, household }) => {
	const { page } = await people.arrive();
	await expectOnline(page);
	await isKept(page);
	await household.stop();
	await page.goto('/?q=anything');
	await expect(page.getByText('The catalog cannot be reached')).toBeVisible();
	await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
	await household.restart();
	await expect(page.getByText('Nothing is called “anything”')).toBeVisible({ timeout: 30_000 });
});

test('the app can be installed', async ({ people }) => {
	const { page, context } = await people.arrive();
	const href = await page.locator('link[rel="manifest"]').getAttribute('href');
	const manifest = (await (await context.request.get(href ?? '')).json()) as {
		name: string;
		start_url: string;
		display: string;
		icons: { src: string; sizes: string; type: string; purpose: string }[];
	};
	expect(manifest).toMatchObject({ name: 'Giggityflix', start_url: '/', display: 'standalone' });
	expect(manifest.icons.map(({ purpose }) => purpose)).toContain('maskable');
	for (const { src, sizes, type } of manifest.icons) {
		const response = await context.request.get(src);
		expect(response.headers()['content-type']).toContain(type);
		const size = await page.evaluate(async (address) => {
			const image = new Image();
			image.src = address;
			await image.decode();
			return `${image.naturalWidth}x${image.naturalHeight}`;
		}, src);
		if (sizes !== 'any') expect(size).toBe(sizes);
	}

	await test.step('Chromium agrees', async () => {
		await isKept(page);
		const session = await context.newCDPSession(page);
		const { errors } = await session.send('Page.getAppManifest');
		expect(errors).toEqual([]);
		const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
		const reasons = installabilityErrors.map(({ errorId }) => errorId);
		// Playwright's contexts are incognito windows, which install nothing.
		expect(reasons.filter((reason) => reason !== 'in-incognito')).toEqual([]);
	});
});

/** The service worker has everything. */
async function isKept(page: Page) {
	await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
}
