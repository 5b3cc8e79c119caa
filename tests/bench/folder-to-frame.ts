// From dropping a folder of a hundred films of 2 GB to the first item on the page, and on to the first picture in
// the other browser. The films are sparse files with real heads, so the disk is not the subject.
import { chromium } from '@playwright/test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumFlags, chromiumPath } from '../support/chromium.ts';
import { dropOnPage } from '../support/drop-folder.ts';
import { startHousehold } from '../support/household.ts';
import { sparseFilm } from '../support/media.ts';
import { printFigure } from './measure.ts';
import { clickToFirstFrame } from './watching.ts';

const filmCount = 100;
const filmBytes = 2_000_000_000;
const worstFirstItemMs = 1000;
const worstFirstFrameMs = 3000;

export async function benchFolderToFrame(): Promise<void> {
	const folder = await makeFolder();
	const household = await startHousehold();
	const launch = () => chromium.launch({ executablePath: chromiumPath(), args: chromiumFlags });
	const [owners, viewers] = await Promise.all([launch(), launch()]);
	try {
		const owner = await owners.newPage();
		const viewer = await viewers.newPage();
		await Promise.all([owner.goto(household.url), viewer.goto(household.url)]);
		await owner.getByText('Online').first().waitFor();
		await viewer.waitForFunction(() => navigator.serviceWorker.controller !== null);
		const droppedAt = performance.now();
		await dropOnPage(owner, [folder]);
		await owner
			.getByText(/^Film \d+/)
			.first()
			.waitFor();
		printFigure(
			'Folder dropped to first item',
			performance.now() - droppedAt,
			'ms',
			worstFirstItemMs,
		);
		await viewer.locator('a[href*="/watch/"]').first().waitFor();
		printFigure(
			'Folder dropped to catalog of the other browser',
			performance.now() - droppedAt,
			'ms',
		);
		await clickToFirstFrame(viewer, 'Film', 'cold');
		printFigure(
			'Folder dropped to first frame in the other browser',
			performance.now() - droppedAt,
			'ms',
			worstFirstFrameMs,
		);
	} finally {
		await Promise.all([owners.close(), viewers.close()]);
		await household.dispose();
		await rm(folder, { recursive: true });
	}
}

async function makeFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'hundred-films-'));
	for (let number = 0; number < filmCount; number += 1) {
		await sparseFilm(join(folder, `Film ${number}.mp4`), filmBytes);
	}
	return folder;
}

if (import.meta.main) {
	await benchFolderToFrame();
	process.exit(0);
}
