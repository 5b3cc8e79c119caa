import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDirectoryPosters } from '../../../../edge-server/posters/directory-posters.ts';

const id = (digit: string): string => digit.repeat(64);
const picture = (sizeBytes: number, value = 1) => new Uint8Array(sizeBytes).fill(value);

let parent: string;
let directory: string;
beforeEach(async () => {
	parent = await mkdtemp(join(tmpdir(), 'giggityflix-posters-'));
	directory = join(parent, 'posters');
});
afterEach(() => rm(parent, { recursive: true }));

describe('createDirectoryPosters', () => {
	it('keeps pictures, also for the next process', async () => {
		const store = await createDirectoryPosters({ directory });
		await store.put(id('a'), picture(10));
		expect(await store.get(id('b'))).toBeUndefined();
		const next = await createDirectoryPosters({ directory });
		expect(Array.from((await next.get(id('a'))) ?? [])).toEqual(Array.from(picture(10)));
	});

	it('lets the oldest go first when it is full', async () => {
		const store = await createDirectoryPosters({ directory, maxTotalBytes: 30 });
		await store.put(id('a'), picture(10));
		await store.put(id('b'), picture(10));
		await store.put(id('c'), picture(10));
		// Offered again: no longer the oldest.
		await store.put(id('a'), picture(10));
		await store.put(id('d'), picture(15));
		expect(await store.get(id('b'))).toBeUndefined();
		expect(await store.get(id('c'))).toBeUndefined();
		expect(await store.get(id('a'))).toHaveLength(10);
		expect(await store.get(id('d'))).toHaveLength(15);
		expect((await readdir(directory)).sort()).toEqual([id('a'), id('d')]);
	});

	it('knows the age of what it finds', async () => {
		const store = await createDirectoryPosters({ directory });
		await store.put(id('a'), picture(10));
		await store.put(id('b'), picture(10));
		await utimes(join(directory, id('b')), 1, 1);
		const next = await createDirectoryPosters({ directory, maxTotalBytes: 25 });
		await next.put(id('c'), picture(10));
		expect(await next.get(id('b'))).toBeUndefined();
		expect(await next.get(id('a'))).toHaveLength(10);
	});

	it('stays within its cap when many come at once', async () => {
		const store = await createDirectoryPosters({ directory, maxTotalBytes: 30 });
		const ids = Array.from('0123456789abcdef', id);
		await Promise.all(ids.map((posterId) => store.put(posterId, picture(10))));
		expect(await readdir(directory)).toHaveLength(3);
		await Promise.all(ids.map(() => store.put(id('a'), picture(10))));
		expect(await readdir(directory)).toHaveLength(3);
	});

	it('clears what a crash left half written and leaves strange files alone', async () => {
		await createDirectoryPosters({ directory });
		await writeFile(join(directory, `${id('a')}.partial`), 'half');
		await writeFile(join(directory, 'notes.txt'), 'mine');
		const store = await createDirectoryPosters({ directory });
		expect(await store.get(id('a'))).toBeUndefined();
		expect(await readdir(directory)).toEqual(['notes.txt']);
	});

	it('answers nothing for a file that was deleted by hand', async () => {
		const store = await createDirectoryPosters({ directory });
		await store.put(id('a'), picture(10));
		await rm(join(directory, id('a')));
		expect(await store.get(id('a'))).toBeUndefined();
	});

	it('refuses a picture larger than itself', async () => {
		const store = await createDirectoryPosters({ directory, maxTotalBytes: 30 });
		await expect(store.put(id('a'), picture(31))).rejects.toMatchObject({
			code: 'resource-exhausted',
		});
	});

	it.each(['', '../x', 'A'.repeat(64), `${id('a')}/`, `../${id('a').slice(3)}`, id('g')])(
		'takes %j for no name',
		async (name) => {
			const store = await createDirectoryPosters({ directory });
			await expect(store.put(name, picture(1))).rejects.toMatchObject({ code: 'invalid-argument' });
			await expect(store.get(name)).rejects.toMatchObject({ code: 'invalid-argument' });
			expect(await readdir(parent)).toEqual(['posters']);
		},
	);

	it('goes on after a write that failed', async () => {
		const store = await createDirectoryPosters({ directory });
		await rm(directory, { recursive: true });
		await expect(store.put(id('a'), picture(1))).rejects.toMatchObject({ code: 'not-found' });
		await createDirectoryPosters({ directory });
		await store.put(id('a'), picture(1));
		expect(await store.get(id('a'))).toHaveLength(1);
	});
});
