// How fast one film goes from one browser to another, beside the best plain RTCDataChannel: two Chromium
// processes on the loopback interface, cells interleaved in one run, medians compared. Prints MB/s, the
// ratio, and the memory of both pages.
import { chromium, type Browser, type CDPSession, type Page } from '@playwright/test';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumFlags, chromiumPath } from '../support/chromium.ts';
import { openTransferPage, serveTransferPage } from '../support/transfer-page.ts';
import type { TransferPage } from '../support/web/transfer-page/calls.ts';
import { median, printComparison, printFigure } from './measure.ts';
import { measureRaw, megabytesPerSecond } from './raw-channel.ts';

const mebibyte = 1024 * 1024;
/** Slices, credit windows and link buffers make 25 MiB at most; the rest is garbage a busy browser has not collected. */
const maxPageMebibytes = 128;
const messageKibs = [16, 64, 256] as const;

export interface DirectTransferOptions {
	/** Size of the film. */
	readonly filmMebibytes: number;
	/** How often each cell is measured. */
	readonly rounds: number;
	/** Bytes of one raw measurement; the speed of a plain channel is the same after a few seconds. */
	readonly rawMebibytes: number;
}

export async function benchDirectTransfer(options: DirectTransferOptions): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'bench-transfer-'));
	const filmPath = join(folder, 'film.mp4');
	// Sparse: the disk is not the subject, the reads through the browser are.
	writeFileSync(filmPath, '');
	truncateSync(filmPath, options.filmMebibytes * mebibyte);
	const server = await serveTransferPage();
	const browsers = await Promise.all([launch(), launch()]);
	try {
		const peers = new Map<string, Page>();
		const [owner, viewer] = await Promise.all(browsers.map((browser) => browser.newPage()));
		if (owner === undefined || viewer === undefined) throw new Error('two pages are needed');
		const ownerId = await openTransferPage(owner, server.url, peers);
		await openTransferPage(viewer, server.url, peers);
		await owner.setInputFiles('input', filmPath);
		await compare(owner, viewer, ownerId, options);
	} finally {
		await Promise.all(browsers.map((browser) => browser.close()));
		await server.close();
		rmSync(folder, { recursive: true });
	}
}

async function compare(
	owner: Page,
	viewer: Page,
	ownerId: string,
	{ rounds, rawMebibytes }: DirectTransferOptions,
): Promise<void> {
	const heaps = [await watchHeap(owner), await watchHeap(viewer)];
	const ours: number[] = [];
	const raw = new Map<number, number[]>(messageKibs.map((kib) => [kib, []]));
	for (let round = 0; round < rounds; round++) {
		for (const kib of messageKibs) {
			raw.get(kib)?.push(await measureRaw(owner, viewer, kib * 1024, rawMebibytes * mebibyte));
		}
		const result = await viewer.evaluate(
			(id) => (globalThis as unknown as { transferPage: TransferPage }).transferPage.download(id),
			ownerId,
		);
		ours.push(megabytesPerSecond(result));
	}
	const cells = [...raw].map(([kib, speeds]) => ({ kib, speed: median(speeds) }));
	for (const { kib, speed } of cells)
		printFigure(`raw channel, ${kib} KiB messages`, speed, 'MB/s');
	printComparison({
		what: 'direct transfer',
		ours: median(ours),
		yardstick: Math.max(...cells.map(({ speed }) => speed)),
		unit: 'MB/s',
		goal: { atLeast: 0.9 },
	});
	const [ownerHeap, viewerHeap] = heaps.map((heap) => heap.stop() / mebibyte);
	printFigure("owner's page, memory at most", ownerHeap ?? NaN, 'MiB', maxPageMebibytes);
	printFigure("viewer's page, memory at most", viewerHeap ?? NaN, 'MiB', maxPageMebibytes);
}

/** Largest sum of JavaScript heap and array buffers, sampled twice a second. */
async function watchHeap(page: Page): Promise<{ stop: () => number }> {
	const session: CDPSession = await page.context().newCDPSession(page);
	let largestBytes = 0;
	const timer = setInterval(() => {
		session.send('Runtime.getHeapUsage').then(
			(usage) => {
				const { usedSize, backingStorageSize = 0 } = usage as {
					usedSize: number;
					backingStorageSize?: number;
				};
				largestBytes = Math.max(largestBytes, usedSize + backingStorageSize);
			},
			() => undefined,
		);
	}, 500);
	return {
		stop() {
			clearInterval(timer);
			return largestBytes;
		},
	};
}

function launch(): Promise<Browser> {
	return chromium.launch({ executablePath: chromiumPath(), args: chromiumFlags });
}

if (process.argv[1] === import.meta.filename) {
	const [filmMebibytes = 1024, rounds = 3, rawMebibytes = 256] = process.argv.slice(2).map(Number);
	await benchDirectTransfer({ filmMebibytes, rounds, rawMebibytes });
}
