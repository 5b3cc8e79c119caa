// How fast a page hashes, through the worker the app is built with: media id and pieces in one read, for a file that
// is read whole and one that is not, beside `openssl dgst -sha256` (which does half of it), create-torrent (the
// other half, in the same page) and what the browser allows: SHA-256 cannot be faster than SHA-256 alone, and WebCrypto
// begins with it when all is read. The same by the hasher of the headless peer. Interleaved in one run, medians compared.
// And what more cores bring where there are several files.
import { chromium, type Page } from '@playwright/test';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { openOnDisk } from '../../peer/node/disk-folder.ts';
import { nodeHasher } from '../../peer/node/node-hasher.ts';
import { pieceLengthOf } from '../../peer/hashing/piece-length.ts';
import { serveAdaptersPage, onPage } from '../support/adapters-page.ts';
import { chromiumFlags, chromiumPath } from '../support/chromium.ts';
import { dropOnPage } from '../support/drop-folder.ts';
import { compareCores } from './hashing-cores.ts';
import { median, printComparison } from './measure.ts';

const mebibyte = 1024 * 1024;
const rounds = Number(process.env['ROUNDS'] ?? 3);
const files = [
	{ path: 'whole.mkv', mebibytes: 768, isWhole: true, goal: 0.6 },
	{ path: 'streamed.mkv', mebibytes: 1088, isWhole: false, goal: 0.42 },
];

const inNode = nodeHasher(1);
const folder = mkdtempSync(join(tmpdir(), 'bench-hashing-'));
const server = await serveAdaptersPage();
const browser = await chromium.launch({ executablePath: chromiumPath(), args: chromiumFlags });
try {
	const page = await browser.newPage();
	await page.goto(server.url);
	for (const { path, mebibytes } of files) writeFilm(join(folder, path), mebibytes);
	await dropOnPage(page, [folder]);
	await page.waitForTimeout(500);
	for (const file of files) await compare(page, file);
	await page.close();
	await compareSeveral();
} finally {
	await inNode.close();
	await browser.close();
	await server.close();
	rmSync(folder, { recursive: true });
}

async function compareSeveral(): Promise<void> {
	const several = join(folder, 'several');
	mkdirSync(several);
	const paths = ['1.mkv', '2.mkv', '3.mkv', '4.mkv'];
	for (const path of paths) writeFilm(join(several, path), 192);
	await compareCores(
		server.url,
		{ folder: several, paths, mebibytes: 192 },
		{ rounds, scratch: folder },
	);
}

async function compare(page: Page, { path, mebibytes, isWhole, goal }: (typeof files)[number]) {
	const film = join(folder, path);
	const pieceLengthBytes = pieceLengthOf(mebibytes * mebibyte);
	const speeds: Record<'ours' | 'openssl' | 'torrent' | 'ceiling' | 'node', number[]> = {
		...{ ours: [], openssl: [], torrent: [], ceiling: [], node: [] },
	};
	// The first read fills the page cache for everybody.
	sha256ByOpenssl(film);
	for (let round = 0; round < rounds; round += 1) {
		speeds.openssl.push(await speedOf(mebibytes, () => sha256ByOpenssl(film)));
		const name = { folder: basename(folder), path, pieceLengthBytes };
		speeds.ours.push(await speedOf(mebibytes, () => onPage(page, 'hash', name)));
		speeds.torrent.push(await speedOf(mebibytes, () => onPage(page, 'createTorrent', name)));
		const reading = await speedOf(mebibytes, () => onPage(page, 'readAlone', name));
		const { durationMs } = await onPage(page, 'digestAlone', { mebibytes, isWhole });
		const digesting = (mebibytes * mebibyte) / 1000 / durationMs;
		speeds.ceiling.push(isWhole ? 1 / (1 / reading + 1 / digesting) : digesting);
		speeds.node.push(await speedOf(mebibytes, () => hashInNode(film, pieceLengthBytes)));
	}
	const size = `${mebibytes} MiB`;
	printComparison({
		what: `SHA-256 and pieces of ${size}, beside openssl's SHA-256 alone`,
		ours: median(speeds.ours),
		yardstick: median(speeds.openssl),
		unit: 'MB/s',
		goal: { atLeast: goal },
	});
	printComparison({
		what: `SHA-256 and pieces of ${size}, beside create-torrent's pieces alone`,
		ours: median(speeds.ours),
		yardstick: median(speeds.torrent),
		unit: 'MB/s',
		goal: { atLeast: 1.8 },
	});
	printComparison({
		what: `SHA-256 and pieces of ${size}, beside ${isWhole ? 'reading, then ' : ''}SHA-256 alone in the browser`,
		ours: median(speeds.ours),
		yardstick: median(speeds.ceiling),
		unit: 'MB/s',
	});
	printComparison({
		what: `SHA-256 and pieces of ${size} by the headless peer, beside openssl's SHA-256 alone`,
		ours: median(speeds.node),
		yardstick: median(speeds.openssl),
		unit: 'MB/s',
		goal: { atLeast: goal },
	});
}

async function hashInNode(path: string, pieceLengthBytes: number): Promise<void> {
	const file = await openOnDisk(path);
	const onProgress = () => undefined;
	const signal = new AbortController().signal;
	await inNode.hash(file, { pieceLengthBytes, onProgress, signal });
}

async function speedOf(mebibytes: number, work: () => unknown): Promise<number> {
	const startedAtMs = performance.now();
	await work();
	return (mebibytes * mebibyte) / 1000 / (performance.now() - startedAtMs);
}

function sha256ByOpenssl(path: string): void {
	execFileSync('openssl', ['dgst', '-sha256', path], { stdio: 'ignore' });
}

/** Random, so that nothing on the way can be clever. */
function writeFilm(path: string, mebibytes: number): void {
	writeFileSync(path, '');
	for (let written = 0; written < mebibytes; written += 64) {
		appendFileSync(path, randomBytes(64 * mebibyte));
	}
}
