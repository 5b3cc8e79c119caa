import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchDirectory, type DirectoryWatch } from '../../../../peer/node/directory-watch.ts';

let directory: string;
let watch: DirectoryWatch;
let changes: number;
let troubles: string[];

beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), 'watched-'));
	await mkdir(join(directory, 'shows', 'one'), { recursive: true });
	changes = 0;
	troubles = [];
	watch = watchDirectory({
		directory,
		onChange: () => (changes += 1),
		onTrouble: ({ code }) => troubles.push(code),
	});
	await delay(200);
});
afterEach(async () => {
	watch.close();
	await rm(directory, { recursive: true, force: true });
});

/** Lets the quiet after a change pass. */
const settled = async (wanted: number) =>
	expect.poll(() => changes, { timeout: 8000, interval: 50 }).toBe(wanted);

describe('watchDirectory', () => {
	it('notices what comes, changes and goes, at any depth', async () => {
		const path = join(directory, 'shows', 'one', 'film.mkv');
		await writeFile(path, 'a');
		await settled(1);
		await appendFile(path, 'b');
		await settled(2);
		await rename(path, join(directory, 'film.mkv'));
		await settled(3);
		await rm(join(directory, 'film.mkv'));
		await settled(4);
		expect(troubles).toEqual([]);
	}, 30_000);

	it('takes a copy that goes on for a while as one change', async () => {
		for (let count = 0; count < 10; count += 1) {
			await appendFile(join(directory, 'film.mkv'), 'more');
			await delay(100);
		}
		await settled(1);
		await delay(2000);
		expect(changes).toBe(1);
	}, 20_000);

	it('watches directories that come later, also under a name that went', async () => {
		await mkdir(join(directory, 'new'));
		await settled(1);
		await writeFile(join(directory, 'new', 'film.mkv'), '');
		await settled(2);
		await rm(join(directory, 'new'), { recursive: true });
		await settled(3);
		await mkdir(join(directory, 'new'));
		await settled(4);
		await writeFile(join(directory, 'new', 'film.mkv'), '');
		await settled(5);
		expect(troubles).toEqual([]);
	}, 30_000);

	it('hears nothing once it is closed', async () => {
		watch.close();
		await writeFile(join(directory, 'film.mkv'), '');
		await delay(2500);
		expect(changes).toBe(0);
	});
});
