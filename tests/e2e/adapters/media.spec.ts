// Real films in every container through the probe and the frame grabbers of the page: mediabunny in a
// worker, the browser's player, ffmpeg.wasm, each under the app's content security policy.
import { expect, type Page } from '@playwright/test';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onPage, test, tryOnPage } from '../../support/adapters-page.ts';
import { dropOnPage } from '../../support/drop-folder.ts';
import { filmSeconds, filmSize, putFilms, sparseFilm, turnedFilm } from '../../support/media.ts';

const aboutItsLength = expect.closeTo(filmSeconds * 1000, -3) as unknown as number;
const poster = { atMs: [2_500], maxWidthPx: 480, maxBytes: 64 * 1024 };

let folder: string;
let name: string;
const requested: string[] = [];

test.beforeEach(async ({ page, adaptersUrl }) => {
	folder = await mkdtemp(join(tmpdir(), 'films-'));
	name = basename(folder);
	requested.length = 0;
	page.context().on('request', (request) => requested.push(request.url()));
	await page.goto(adaptersUrl);
});

test.afterEach(() => rm(folder, { recursive: true, force: true }));

for (const [path, kind, mimeType, videoCodec, audioCodec] of [
	['front.mp4', 'mp4-index-in-front', 'video/mp4', /^avc1\./, /^mp4a\./],
	['end.mp4', 'mp4-index-at-end', 'video/mp4', /^avc1\./, /^mp4a\./],
	['film.mkv', 'mkv', 'video/x-matroska', /^avc1\./, /^mp4a\./],
	['film.webm', 'webm', 'video/webm', /^vp8/, /^opus/],
	['film.mov', 'mov', 'video/quicktime', /^avc1\./, /^mp4a\./],
] as const) {
	test(`${path}: mediabunny finds its facts and a picture, and ffmpeg is not fetched`, async ({
		page,
	}) => {
		await putFilms(folder, { [path]: kind });
		await drop(page);

		expect(await onPage(page, 'probe', { folder: name, path })).toEqual({
			durationMs: aboutItsLength,
			...filmSize,
			mimeType,
			videoCodec: expect.stringMatching(videoCodec) as unknown as string,
			audioCodec: expect.stringMatching(audioCodec) as unknown as string,
		});
		await expectPoster(page, path);
		expect(requested.filter((url) => url.includes('ffmpeg'))).toEqual([]);
	});
}

test('an AVI is opened by ffmpeg, which is fetched only then', async ({ page }) => {
	await putFilms(folder, { 'film.avi': 'avi' });
	await drop(page);
	expect(requested.filter((url) => url.includes('ffmpeg'))).toEqual([]);

	expect(await onPage(page, 'probe', { folder: name, path: 'film.avi' })).toEqual({
		durationMs: aboutItsLength,
		...filmSize,
		mimeType: 'video/x-msvideo',
		videoCodec: 'mp4v.20',
		audioCodec: 'mp4a.6B',
	});
	await expectPoster(page, 'film.avi');
	expect(requested.filter((url) => url.endsWith('.wasm'))).toHaveLength(1);
});

test('a film of several gigabytes costs no more than its head and its index', async ({ page }) => {
	await sparseFilm(join(folder, 'end.mp4'), 6_000_000_000, { index: 'at-end' });
	await drop(page);
	const startedMs = performance.now();

	expect(await onPage(page, 'probe', { folder: name, path: 'end.mp4' })).toMatchObject({
		durationMs: aboutItsLength,
	});
	await expectPoster(page, 'end.mp4');
	expect(performance.now() - startedMs).toBeLessThan(3_000);
});

test('an AVI of several gigabytes is mounted, not copied', async ({ page }) => {
	await putFilms(folder, { 'film.avi': 'avi' });
	await truncate(join(folder, 'film.avi'), 5_000_000_000);
	await drop(page);

	expect(await onPage(page, 'probe', { folder: name, path: 'film.avi' })).toMatchObject(filmSize);
	await expectPoster(page, 'film.avi');
});

test('pixels that are not square are made square', async ({ page }) => {
	await putFilms(folder, { 'film.avi': 'avi-wide-pixels' });
	await drop(page);

	expect(await onPage(page, 'probe', { folder: name, path: 'film.avi' })).toMatchObject(filmSize);
	await expectPoster(page, 'film.avi');
});

test('a film that was filmed upright is shown upright', async ({ page }) => {
	await turnedFilm(join(folder, 'turned.mp4'));
	await drop(page);

	expect(await onPage(page, 'probe', { folder: name, path: 'turned.mp4' })).toMatchObject({
		widthPx: filmSize.heightPx,
		heightPx: filmSize.widthPx,
	});
	const [picture] = await onPage(page, 'grab', { folder: name, path: 'turned.mp4', ...poster });
	expect(picture).toMatchObject({ widthPx: filmSize.heightPx, heightPx: filmSize.widthPx });
});

test('several pictures come in the wanted order, each from a key frame', async ({ page }) => {
	await putFilms(folder, { 'film.mkv': 'mkv' });
	await drop(page);

	const pictures = await onPage(page, 'grab', {
		folder: name,
		path: 'film.mkv',
		...poster,
		atMs: [4_500, 0, 2_500],
	});

	// A key frame each second.
	expect(pictures.map(({ atMs }) => Math.round(atMs / 1000))).toEqual([4, 0, 2]);
});

test('a picture that must be tiny gets worse, then smaller, until it fits', async ({ page }) => {
	await putFilms(folder, { 'film.mp4': 'mp4-index-in-front' });
	await drop(page);

	const [picture] = await onPage(page, 'grab', {
		folder: name,
		path: 'film.mp4',
		atMs: [2_500],
		maxWidthPx: 480,
		maxBytes: 2_500,
	});

	expect(picture?.sizeBytes).toBeLessThanOrEqual(2_500);
	expect(picture?.widthPx).toBeLessThan(480);
});

test('the player takes pictures too', async ({ page }) => {
	await putFilms(folder, { 'film.mp4': 'mp4-index-in-front' });
	await drop(page);

	const [picture] = await onPage(page, 'grabByVideo', {
		folder: name,
		path: 'film.mp4',
		...poster,
	});

	expect(picture).toMatchObject({ atMs: 2_500, widthPx: 480, heightPx: 270 });
	expect(picture?.colours).toBeGreaterThan(10);
});

test('bytes that are no film are refused as unsupported', async ({ page }) => {
	await writeFile(join(folder, 'film.avi'), 'this is a letter');
	await drop(page);

	const answer = await tryOnPage(page, 'probe', { folder: name, path: 'film.avi' });

	expect(answer).toMatchObject({ ok: false, code: 'unsupported' });
});

test('half a download is refused as unsupported', async ({ page }) => {
	await putFilms(folder, { 'film.mp4': 'mp4-index-at-end' });
	await truncate(join(folder, 'film.mp4'), 100_000);
	await drop(page);

	const answer = await tryOnPage(page, 'probe', { folder: name, path: 'film.mp4' });

	expect(answer).toMatchObject({ ok: false, code: 'unsupported' });
});

test('an aborted probe ends at once and the next one works', async ({ page }) => {
	await putFilms(folder, { 'film.avi': 'avi' });
	await drop(page);

	expect(await onPage(page, 'abortProbe', { folder: name, path: 'film.avi', afterMs: 50 })).toEqual(
		{ reason: 'no longer wanted' },
	);
	expect(await onPage(page, 'probe', { folder: name, path: 'film.avi' })).toMatchObject({
		durationMs: aboutItsLength,
	});
});

const mebibyte = 1024 * 1024;

// Read whole for the native digest, and chunk by chunk for the one in WebAssembly.
for (const sizeBytes of [0, 1, 16 * mebibyte, 40 * mebibyte + 1, 1030 * mebibyte + 5]) {
	test(`${sizeBytes} bytes are hashed once in a worker, as everybody hashes them`, async ({
		page,
	}) => {
		const path = join(folder, 'film.mp4');
		await writeFile(path, Buffer.alloc(Math.min(sizeBytes, 40 * mebibyte), 'giggityflix'));
		await truncate(path, sizeBytes);
		const pieceLengthBytes = mebibyte;
		const expected = await hashesOf(path, pieceLengthBytes);
		await drop(page);

		const hashed = await onPage(page, 'hash', { folder: name, path: 'film.mp4', pieceLengthBytes });

		expect({ sha256: hashed.sha256, pieces: hashed.pieces }).toEqual(expected);
		const steps = Math.ceil(sizeBytes / (16 * mebibyte));
		expect(hashed.progress).toHaveLength(steps);
		expect(hashed.progress.at(-1) ?? 0).toBe(sizeBytes);
	});
}

// Chromium collects a stream nobody holds, in the middle of a read, after some 60 MB of garbage.
test('files are hashed one after another, and every read is answered', async ({ page }) => {
	const path = join(folder, 'film.mp4');
	const pieceLengthBytes = mebibyte;
	await writeFile(path, Buffer.alloc(mebibyte, 'giggityflix'));
	const { sha256 } = await hashesOf(path, pieceLengthBytes);
	await drop(page);
	for (let count = 0; count < 120; count += 1) {
		const hashed = await onPage(page, 'hash', { folder: name, path: 'film.mp4', pieceLengthBytes });
		expect(hashed.sha256).toBe(sha256);
	}
});

async function hashesOf(path: string, pieceLengthBytes: number) {
	const whole = createHash('sha256');
	const pieces: string[] = [];
	for await (const piece of createReadStream(path, { highWaterMark: pieceLengthBytes })) {
		whole.update(piece as Buffer);
		pieces.push(
			createHash('sha1')
				.update(piece as Buffer)
				.digest('hex'),
		);
	}
	return { sha256: whole.digest('hex'), pieces: pieces.join('') };
}

async function drop(page: Page): Promise<void> {
	await dropOnPage(page, [folder]);
	await expect.poll(() => onPage(page, 'droppedFolders', null)).toHaveLength(1);
}

async function expectPoster(page: Page, path: string): Promise<void> {
	const [picture, ...more] = await onPage(page, 'grab', { folder: name, path, ...poster });
	expect(more).toEqual([]);
	expect(picture).toMatchObject({ widthPx: 480, heightPx: 270 });
	expect(picture?.sizeBytes).toBeLessThanOrEqual(poster.maxBytes);
	expect(picture?.colours).toBeGreaterThan(10);
}
