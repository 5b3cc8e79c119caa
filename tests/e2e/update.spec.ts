// A new version of the app waits until the person agrees. The server behind the page answers with another service worker
// from one moment on, as after an update.
import { expect, type Page } from '@playwright/test';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from '../support/browser-people.ts';

test('a new version is offered, and taken by one click', async ({ browser, household }) => {
	const server = await serveWithUpdates(household.url);
	try {
		const page = await browser.newPage();
		await page.goto(server.url);
		await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
		await lookForUpdate(page);
		await expect(offerOn(page)).toBeHidden();

		server.update();
		await lookForUpdate(page);
		await expect(offerOn(page)).toBeVisible();
		const [worker] = page.context().serviceWorkers();
		await Promise.all([
			page.waitForEvent('load'),
			page.getByRole('button', { name: 'Reload' }).click(),
		]);
		await expect.poll(() => page.context().serviceWorkers()).not.toContain(worker);
		await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
		await expect(offerOn(page)).toBeHidden();
		await page.close();
	} finally {
		await server.close();
	}
});

const offerOn = (page: Page) => page.getByText('A new version is ready.');

const lookForUpdate = (page: Page) =>
	page.evaluate(async () => {
		const registration = await navigator.serviceWorker.ready;
		await registration.update();
	});

/** The product's pages, with another service worker after `update`. */
async function serveWithUpdates(origin: string) {
	let suffix = '';
	const server = createServer((request, response) => {
		const path = request.url ?? '/';
		void fetch(new URL(path, origin)).then(async (answer) => {
			const body = Buffer.from(await answer.arrayBuffer());
			const type = answer.headers.get('content-type') ?? 'application/octet-stream';
			response.writeHead(answer.status, { 'content-type': type, 'cache-control': 'no-cache' });
			response.end(path === '/service-worker.js' ? body.toString() + suffix : body);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		update: () => void (suffix = '\n// The next version.\n'),
		close: () => new Promise((resolve) => server.close(resolve)),
	};
}
