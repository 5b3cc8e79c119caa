// A film of 5 GiB under a small heap: played with its index at the very end, read here and there over the network, and
// hashed to its end. What the pages and their processes hold is bounded, however large the file is.
import { expect, type Browser, type Page } from '@playwright/test';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pieceLengthOf } from '../../peer/hashing/piece-length.ts';
import { shareFilm, test } from '../support/browser-people.ts';
import { entryAt } from '../support/catalog-entry.ts';
import { chromiumFlags, chromiumPath } from '../support/chromium.ts';
import { filmSeconds, sparseFilm } from '../support/media.ts';
import { referenceTorrentOf } from '../support/reference-torrent.ts';
import { sha256Of, sha256OfFile } from '../support/sha256.ts';
import { expectPlaying } from '../support/video-pixels.ts';

const title = 'Endless';
const gibibyte = 2 ** 30;
const mebibyte = 2 ** 20;
const sizeBytes = 5 * gibibyte;
const rangeBytes = 4 * mebibyte;
/** V8 ends a page that needs more. */
const heapCeilingMebibytes = 64;
/**
 * What a process holds for itself, with all its workers: the owner's reads 16 MiB at a time and hashes some of them at
 * once, and Chromium alone takes 100 MiB.
 */
const processCeilingMebibytes = 320;

test.use({
	launchOptions: {
		executablePath: chromiumPath(),
		args: [...chromiumFlags, `--js-flags=--max-old-space-size=${heapCeilingMebibytes}`],
	},
});

test('5 GiB are hashed, played and read with seeks within bounds', async ({
	browser,
	people,
	folder,
}) => {
	test.setTimeout(240_000);
	const path = join(folder, `${title}.mp4`);
	await sparseFilm(path, sizeBytes, { index: 'at-end' });
	const { owner, link } = await shareFilm(people, folder, title);
	const viewer = await people.arrive();
	const pages = [owner.page, viewer.page];

	await viewer.page.goto(link);
	await expectPlaying(viewer.page, 30_000);
	await viewer.page.evaluate((seconds) => {
		const video = document.querySelector('video');
		if (video) video.currentTime = seconds;
	}, filmSeconds - 1);
	await expectPlaying(viewer.page);
	let most = await memoryOf(browser, pages);
	for (const offset of [0, gibibyte * 2 - 5, gibibyte * 4 + 1, sizeBytes - rangeBytes]) {
		expect(await sha256OfStream(viewer.page, offset), `at ${offset}`).toBe(
			await sha256OfRange(path, offset),
		);
		most = mostOf(most, await memoryOf(browser, pages));
	}

	// What is read and not let go would pile up until then.
	const infoHashNow = async () => {
		most = mostOf(most, await memoryOf(browser, pages));
		return (await entryAt(link)).infoHash;
	};
	await expect.poll(infoHashNow, { timeout: 180_000, intervals: [250] }).not.toBe('');
	const { mediaId, infoHash } = await entryAt(link);
	expect(mediaId).toBe(await sha256OfFile(path));
	const { infoHash: expected } = await referenceTorrentOf(path, pieceLengthOf(sizeBytes));
	expect(infoHash).toBe(expected);
	expect(most.heapMebibytes).toBeLessThan(heapCeilingMebibytes);
	expect(most.processMebibytes).toBeLessThan(processCeilingMebibytes);
});

interface Held {
	/** Of the fuller page. */
	readonly heapMebibytes: number;
	/** The largest renderer, without what it shares with files. */
	readonly processMebibytes: number;
}

const mostOf = (one: Held, other: Held): Held => ({
	heapMebibytes: Math.max(one.heapMebibytes, other.heapMebibytes),
	processMebibytes: Math.max(one.processMebibytes, other.processMebibytes),
});

async function memoryOf(browser: Browser, pages: readonly Page[]): Promise<Held> {
	const heaps = await Promise.all(pages.map(usedHeapBytes));
	const session = await browser.newBrowserCDPSession();
	const { processInfo } = await session.send('SystemInfo.getProcessInfo');
	await session.detach();
	const renderers = processInfo.filter(({ type }) => type === 'renderer');
	const sizes = await Promise.all(renderers.map(({ id }) => anonymousBytes(id)));
	return {
		heapMebibytes: Math.max(...heaps) / mebibyte,
		processMebibytes: Math.max(...sizes) / mebibyte,
	};
}

async function usedHeapBytes(page: Page): Promise<number> {
	const session = await page.context().newCDPSession(page);
	const { usedSize } = await session.send('Runtime.getHeapUsage');
	await session.detach();
	return usedSize;
}

async function anonymousBytes(processId: number): Promise<number> {
	// One that has just ended holds nothing.
	const status = await readFile(`/proc/${processId}/status`, 'utf8').catch(() => '');
	return Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** A range of what the player plays, as the page gets it. */
function sha256OfStream(page: Page, offset: number): Promise<string> {
	return page.evaluate(
		async ([start, length]) => {
			const address = document.querySelector('video')?.src ?? '';
			const headers = { Range: `bytes=${start}-${start + length - 1}` };
			const response = await fetch(address, { headers });
			const digest = await crypto.subtle.digest('SHA-256', await response.arrayBuffer());
			return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
		},
		[offset, rangeBytes] as const,
	);
}

async function sha256OfRange(path: string, offset: number): Promise<string> {
	const file = await open(path);
	try {
		const bytes = Buffer.alloc(rangeBytes);
		await file.read(bytes, 0, rangeBytes, offset);
		return sha256Of(bytes);
	} finally {
		await file.close();
	}
}
