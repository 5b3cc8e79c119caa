import { describe, expect, it, vi } from 'vitest';
import type { ShelvedFilm } from '../../../../peer/transfer/pieces/piece-shelf.ts';
import type { CatalogId } from '../../../../proto/ids.ts';
import { opfsPieceShelves } from '../../../../web/lib/browser/opfs-piece-shelves.ts';
import { createMemoryDirectory } from '../../../support/web/memory-directory.ts';

const pieceBytes = 100;
const infoDictionary = new TextEncoder().encode('d6:length');

function filmOf(letter: string): ShelvedFilm {
	return {
		piecesId: letter.repeat(64),
		catalogId: letter.repeat(26) as CatalogId,
		fileName: `${letter}.mkv`,
		sizeBytes: 1050,
		modifiedAtMs: 7,
		pieceBytes,
	};
}

/** Shelves on one directory; made again they are those of the page after a reload. */
function world(quotaBytes = 100_000) {
	const state = { now: 1, mayWrite: true };
	const directory = createMemoryDirectory(() => state.mayWrite);
	const reload = () =>
		opfsPieceShelves({
			directory: async () => directory,
			quotaBytes: async () => quotaBytes,
			now: () => state.now++,
		});
	return { state, directory, reload, shelves: reload() };
}

const piece = (fill: number) => new Uint8Array(pieceBytes).fill(fill);

describe('opfsPieceShelves', () => {
	it('has after a reload what it had before', async () => {
		const { shelves, reload } = world();
		const shelf = await shelves.open(filmOf('a'), infoDictionary);
		for (const index of [3, 9]) await shelf?.keep(index, piece(index));
		const after = reload();
		expect(await after.find({ catalogId: filmOf('a').catalogId })).toEqual({
			film: filmOf('a'),
			infoDictionary,
		});
		expect(await after.find({ piecesId: 'a'.repeat(64) })).toBeDefined();
		expect(await after.find({ piecesId: 'b'.repeat(64) })).toBeUndefined();
		const again = await after.open(filmOf('a'), infoDictionary);
		expect([3, 4, 9].map((index) => again?.has(index))).toEqual([true, false, true]);
		expect(await again?.load(3)).toEqual(piece(3));
		expect(await after.list()).toMatchObject([{ fileName: 'a.mkv', keptBytes: 200 }]);
	});

	it('has a piece only once it is written', async () => {
		const { shelves, state } = world();
		const shelf = await shelves.open(filmOf('a'), infoDictionary);
		const kept = shelf?.keep(0, piece(0));
		expect(shelf?.has(0)).toBe(false);
		expect(await kept).toBe(true);
		expect(shelf?.has(0)).toBe(true);
		state.mayWrite = false;
		expect(await shelf?.keep(1, piece(1))).toBe(false);
		expect(shelf?.has(1)).toBe(false);
	});

	it('stays below its share, and the film not used for longest goes first', async () => {
		const { shelves } = world(1200);
		for (const letter of ['a', 'b', 'c', 'd']) {
			const shelf = await shelves.open(filmOf(letter), infoDictionary);
			expect(await shelf?.keep(0, piece(0))).toBe(true);
		}
		const names = (await shelves.list()).map(({ fileName }) => fileName);
		expect(names).toEqual(['d.mkv', 'c.mkv', 'b.mkv']);
		const last = await shelves.open(filmOf('d'), infoDictionary);
		for (let index = 1; index < 10; index += 1) await last?.keep(index, piece(index));
		expect(await shelves.list()).toMatchObject([{ fileName: 'd.mkv', keptBytes: 300 }]);
	});

	it('keeps no piece while too much waits for the disk', async () => {
		const { shelves } = world(1_000_000_000);
		const shelf = (await shelves.open(filmOf('a'), infoDictionary))!;
		const large = new Uint8Array(16 * 1024 * 1024);
		const kept = await Promise.all([0, 1, 2].map((index) => shelf.keep(index, large)));
		expect(kept).toEqual([true, true, false]);
		expect(await shelf.keep(2, large)).toBe(true);
	});

	it('forgets one film, and all of them', async () => {
		const { shelves, directory } = world();
		const opened = await Promise.all(
			['a', 'b'].map((letter) => shelves.open(filmOf(letter), infoDictionary)),
		);
		for (const shelf of opened) await shelf?.keep(0, piece(0));
		expect(await shelves.list()).toHaveLength(2);
		await shelves.remove('a'.repeat(64));
		expect(opened[0]?.has(0)).toBe(false);
		expect(await shelves.list()).toMatchObject([{ fileName: 'b.mkv' }]);
		await shelves.removeAll();
		expect(directory.files.size).toBe(0);
	});

	it('clears away what a crash left half done', async () => {
		const { directory, reload } = world();
		directory.files.set(`${'e'.repeat(64)}/5`, piece(5));
		directory.files.set(`${'f'.repeat(64)}/about.json`, new TextEncoder().encode('{'));
		expect(await reload().list()).toEqual([]);
		await vi.waitFor(() => expect(directory.files.size).toBe(0));
	});

	it('keeps nothing, and says nothing, where storage is refused', async () => {
		const shelves = opfsPieceShelves({
			directory: () => Promise.reject(new DOMException('refused', 'SecurityError')),
			quotaBytes: async () => 0,
			now: () => 0,
		});
		expect(await shelves.open(filmOf('a'), infoDictionary)).toBeUndefined();
		expect(await shelves.find({ piecesId: 'a'.repeat(64) })).toBeUndefined();
		expect(await shelves.list()).toEqual([]);
		await shelves.removeAll();
	});
});
