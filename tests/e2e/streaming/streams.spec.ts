// Streams through the real service worker, from one page to another over real WebRTC: what an HTTP client sees,
// what a player shows, and what happens when it leaves.
import { expect, test as base, type Browser, type Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTransferPage, serveTransferPage } from '../../support/transfer-page.ts';
import type { TransferPage } from '../../support/web/transfer-page/calls.ts';

type Globals = { transferPage: TransferPage };

const test = base.extend<object, { transferUrl: string; folder: string }>({
	transferUrl: [
		// Playwright reads the names of the fixtures it depends on from this pattern.
		// eslint-disable-next-line no-empty-pattern
		async ({}, use) => {
			const server = await serveTransferPage();
			await use(server.url);
			await server.close();
		},
		{ scope: 'worker', timeout: 120_000 },
	],
	folder: [
		// eslint-disable-next-line no-empty-pattern
		async ({}, use) => use(mkdtempSync(join(tmpdir(), 'streams-'))),
		{ scope: 'worker' },
	],
});

interface Pair {
	readonly owner: Page;
	readonly viewer: Page;
	readonly ownerId: string;
	readonly peers: Map<string, Page>;
}

async function openPair(browser: Browser, url: string, filmPath: string): Promise<Pair> {
	const peers = new Map<string, Page>();
	const owner = await (await browser.newContext()).newPage();
	const viewer = await (await browser.newContext()).newPage();
	const ownerId = await openTransferPage(owner, url, peers);
	await openTransferPage(viewer, url, peers);
	await owner.setInputFiles('input', filmPath);
	return { owner, viewer, ownerId, peers };
}

const streamUrl = (page: Page, ownerId: string, name: string) =>
	page.evaluate(
		([id, film]) => (globalThis as unknown as Globals).transferPage.streamUrl(id, film),
		[ownerId, name] as const,
	);

/** One request from the page, as an HTTP client sees its answer; the body as base64. */
async function request(page: Page, url: string, init: RequestInit = {}) {
	const answer = await page.evaluate(
		async ([address, options]) => {
			const response = await fetch(address, options);
			const bytes = new Uint8Array(await response.arrayBuffer());
			let text = '';
			for (const byte of bytes) text += String.fromCharCode(byte);
			return {
				status: response.status,
				headers: Object.fromEntries(response.headers),
				body: btoa(text),
			};
		},
		[url, init] as const,
	);
	return { ...answer, body: Buffer.from(answer.body, 'base64') };
}

test('answers as an HTTP server with ranges does', async ({ browser, transferUrl, folder }) => {
	const film = randomBytes(3_000_000);
	const path = join(folder, 'bytes.mp4');
	writeFileSync(path, film);
	const { viewer, ownerId } = await openPair(browser, transferUrl, path);
	const url = await streamUrl(viewer, ownerId, 'a film.mp4');

	const whole = await request(viewer, url);
	expect(whole.status).toBe(200);
	expect(whole.headers).toMatchObject({
		'accept-ranges': 'bytes',
		'content-length': '3000000',
		'content-type': 'video/mp4',
		'x-content-type-options': 'nosniff',
	});
	expect(whole.body.equals(film)).toBe(true);

	const part = await request(viewer, url, { headers: { Range: 'bytes=1000000-1999999' } });
	expect(part.status).toBe(206);
	expect(part.headers['content-range']).toBe('bytes 1000000-1999999/3000000');
	expect(part.body.equals(film.subarray(1_000_000, 2_000_000))).toBe(true);

	const suffix = await request(viewer, url, { headers: { Range: 'bytes=-500' } });
	expect(suffix.status).toBe(206);
	expect(suffix.body.equals(film.subarray(-500))).toBe(true);

	const beyond = await request(viewer, url, { headers: { Range: 'bytes=3000000-' } });
	expect(beyond.status).toBe(416);
	expect(beyond.headers['content-range']).toBe('bytes */3000000');

	const head = await request(viewer, url, { method: 'HEAD' });
	expect(head.status).toBe(200);
	expect(head.headers['content-length']).toBe('3000000');
	expect(head.body).toHaveLength(0);

	expect((await request(viewer, url, { method: 'POST' })).status).toBe(405);
	expect((await request(viewer, '/stream/0123/film.mp4')).status).toBe(404);
	expect((await request(viewer, `${url}?sidecar=1`)).status).toBe(404);
	const download = await request(viewer, `${url}?download`);
	expect(download.headers['content-disposition']).toBe("attachment; filename*=UTF-8''bytes.mp4");

	await viewer.evaluate(
		(address) => (globalThis as unknown as Globals).transferPage.releaseStream(address),
		url,
	);
	expect((await request(viewer, url)).status).toBe(404);
});

test('plays in two tabs at once, with the index at the end, and seeks', async ({
	browser,
	transferUrl,
	folder,
}) => {
	const path = join(folder, 'index-at-end.mp4');
	execFileSync('ffmpeg', [
		...['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25:duration=60'],
		...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p', path],
	]);
	expect(readFileSync(path).subarray(0, 4096).includes('moov')).toBe(false);
	const { viewer, ownerId, peers } = await openPair(browser, transferUrl, path);
	const second = await viewer.context().newPage();
	await openTransferPage(second, transferUrl, peers);
	for (const page of [viewer, second]) {
		const url = await streamUrl(page, ownerId, 'film.mp4');
		await page.evaluate(
			(source) => (globalThis as unknown as Globals).transferPage.play(source),
			url,
		);
	}
	for (const page of [viewer, second]) {
		await page.bringToFront();
		const seen = await page.evaluate(() =>
			(globalThis as unknown as Globals).transferPage.seek(45),
		);
		expect(seen).toMatchObject({ widthPx: 640, hasFailed: false });
		expect(seen.timeSeconds).toBeGreaterThanOrEqual(45);
	}
});

test('stops the transfer when the reader goes away', async ({ browser, transferUrl, folder }) => {
	const path = join(folder, 'long.mp4');
	writeFileSync(path, randomBytes(60_000_000));
	const { owner, viewer, ownerId } = await openPair(browser, transferUrl, path);
	const url = await streamUrl(viewer, ownerId, 'long.mp4');
	await viewer.evaluate(async (address) => {
		const controller = new AbortController();
		const response = await fetch(address, { signal: controller.signal });
		await response.body?.getReader().read();
		controller.abort();
	}, url);
	const uploadedBytes = () =>
		owner.evaluate(() => (globalThis as unknown as Globals).transferPage.uploadedBytes());
	await viewer.waitForTimeout(1000);
	const after = await uploadedBytes();
	expect(after).toBeLessThan(20_000_000);
	await viewer.waitForTimeout(1000);
	expect(await uploadedBytes()).toBe(after);
});

test('holds the transfer while the reader waits, and goes on with it', async ({
	browser,
	transferUrl,
	folder,
}) => {
	const path = join(folder, 'held.mp4');
	const sizeBytes = 60_000_000;
	writeFileSync(path, randomBytes(sizeBytes));
	const { owner, viewer, ownerId } = await openPair(browser, transferUrl, path);
	const url = await streamUrl(viewer, ownerId, 'held.mp4');
	const reader = await viewer.evaluateHandle(async (address) => {
		const response = await fetch(`${address}?download`);
		const body = response.body?.getReader();
		if (!body) throw new Error('an answer has a body');
		return { body, receivedBytes: (await body.read()).value?.length ?? 0 };
	}, url);
	const uploadedBytes = () =>
		owner.evaluate(() => (globalThis as unknown as Globals).transferPage.uploadedBytes());
	let before = 0;
	// Until no more is sent, be it because nobody takes it or because that was all.
	await expect
		.poll(
			async () => {
				const [earlier, now] = [before, await uploadedBytes()];
				before = now;
				return now > 0 && now === earlier;
			},
			{ intervals: [1000], timeout: 60_000 },
		)
		.toBe(true);
	expect(before).toBeLessThan(20_000_000);

	const receivedBytes = await reader.evaluate(async ({ body, receivedBytes: first }) => {
		let bytes = first;
		for (let next = await body.read(); !next.done; next = await body.read()) {
			bytes += next.value.length;
		}
		return bytes;
	});
	expect(receivedBytes).toBe(sizeBytes);
});
