import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it as base, vi } from 'vitest';
import { watchDirectory } from '../../../../peer/node/directory-watch.ts';
import { quietMs } from '../../../../peer/node/quiet.ts';

interface Watched {
	readonly directory: string;
	changes(): number;
	troubles(): readonly string[];
	/** Waits until there have been so many changes. */
	settled(changes: number): Promise<void>;
	close(): void;
}

const it = base.extend<{ watched: Watched }>({
	// Vitest reads the names of the fixtures it depends on from this pattern.
	// eslint-disable-next-line no-empty-pattern
	watched: async ({}, use) => {
		const directory = await mkdtemp(join(tmpdir(), 'watched-'));
		await mkdir(join(directory, 'shows', 'one'), { recursive: true });
		let changes = 0;
		const troubles: string[] = [];
		const watch = watchDirectory({
			directory,
			onChange: () => (changes += 1),
			onTrouble: ({ code }) => troubles.push(code),
		});
		await watch.begun;
		await use({
			directory,
			changes: () => changes,
			troubles: () => troubles,
			settled: (wanted) =>
				vi.waitFor(() => expect(changes).toBe(wanted), { timeout: 8_000, interval: 50 }),
			close: () => watch.close(),
		});
		watch.close();
		await rm(directory, { recursive: true, force: true });
	},
});

describe.concurrent('watchDirectory', () => {
	it('notices what comes, changes and goes, at any depth', async ({ watched }) => {
		const { directory, settled } = watched;
		const path = join(directory, 'shows', 'one', 'film.mkv');
		await writeFile(path, 'a');
		await settled(1);
		await appendFile(path, 'b');
		await settled(2);
		await rename(path, join(directory, 'film.mkv'));
		await settled(3);
		await rm(join(directory, 'film.mkv'));
		await settled(4);
		expect(watched.troubles()).toEqual([]);
	}, 30_000);

	it('takes a copy that goes on for a while as one change', async ({ watched }) => {
		for (let count = 0; count < 10; count += 1) {
			await appendFile(join(watched.directory, 'film.mkv'), 'more');
			await delay(100);
		}
		await watched.settled(1);
		await delay(quietMs + 500);
		expect(watched.changes()).toBe(1);
	}, 20_000);

	it('watches directories that come later, also under a name that went', async ({ watched }) => {
		const { directory, settled } = watched;
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
		expect(watched.troubles()).toEqual([]);
	}, 30_000);

	it('hears nothing once it is closed', async ({ watched }) => {
		watched.close();
		await writeFile(join(watched.directory, 'film.mkv'), '');
		await delay(quietMs + 1_000);
		expect(watched.changes()).toBe(0);
	});
});
