// What more cores bring: the same files hashed by the pool of a page that has one core, and of one that has all of this
// machine's. A browser is kept to its cores by the system (`taskset`), so that no thread of it uses another.
import { chromium } from '@playwright/test';
import { chmodSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { pieceLengthOf } from '../../peer/hashing/piece-length.ts';
import { onPage } from '../support/adapters-page.ts';
import { chromiumFlags, chromiumPath } from '../support/chromium.ts';
import { dropOnPage } from '../support/drop-folder.ts';
import { median, printComparison } from './measure.ts';

const mebibyte = 1024 * 1024;

interface Files {
	/** Directory of them all. */
	readonly folder: string;
	readonly paths: readonly string[];
	/** Of each. */
	readonly mebibytes: number;
}

/** `scratch` is a directory for what the measurement needs. */
export async function compareCores(
	url: string,
	files: Files,
	{ rounds, scratch }: { rounds: number; scratch: string },
): Promise<void> {
	const cores = availableParallelism();
	const one: number[] = [];
	const all: number[] = [];
	let filesAtOnce = 1;
	for (let round = 0; round < rounds; round += 1) {
		one.push((await hashOn(1, url, files, scratch)).speed);
		const { speed, maxFilesAtOnce } = await hashOn(cores, url, files, scratch);
		all.push(speed);
		filesAtOnce = maxFilesAtOnce;
	}
	const { paths, mebibytes } = files;
	printComparison({
		what: `${paths.length} files of ${mebibytes} MiB on ${cores} cores, ${filesAtOnce} at once, beside one core`,
		ours: median(all),
		yardstick: median(one),
		unit: 'MB/s',
	});
}

async function hashOn(coreCount: number, url: string, files: Files, scratch: string) {
	const { folder, paths, mebibytes } = files;
	const browser = await chromium.launch({
		executablePath: onCores(coreCount, scratch),
		args: chromiumFlags,
	});
	try {
		const page = await browser.newPage();
		await page.goto(url);
		await dropOnPage(page, [folder]);
		await page.waitForTimeout(500);
		const { maxFilesAtOnce, durationMs } = await onPage(page, 'hashAll', {
			...{ folder: basename(folder), paths: [...paths], coreCount },
			pieceLengthBytes: pieceLengthOf(mebibytes * mebibyte),
		});
		const speed = (paths.length * mebibytes * mebibyte) / 1000 / durationMs;
		return { speed, maxFilesAtOnce };
	} finally {
		await browser.close();
	}
}

/** Chromium that has the first cores only. */
function onCores(count: number, scratch: string): string {
	const path = join(scratch, `chromium-on-${count}`);
	writeFileSync(path, `#!/bin/sh\nexec taskset -c 0-${count - 1} ${chromiumPath()} "$@"\n`);
	chmodSync(path, 0o755);
	return path;
}
