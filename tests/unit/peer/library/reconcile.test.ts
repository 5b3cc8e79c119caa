import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomId, type CatalogId, type OfferId } from '../../../../proto/ids.ts';
import type { FolderId, LibraryItem } from '../../../../peer/library/library-item.ts';
import { keepMissingMs, reconcile } from '../../../../peer/library/reconcile.ts';
import type { ListedFilm } from '../../../../peer/library/scanner.ts';
import { leastCpuMs } from '../../../support/peer/cpu-time.ts';
import { createSeededRandom } from '../../../support/peer/seeded-random.ts';

const folderId = 'folder' as FolderId;
const random = createSeededRandom();
const newOfferId = () => randomId<OfferId>(random);

function film(path: string, sizeBytes: number, modifiedAtMs = 1): ListedFilm {
	return { kind: 'file', path, sizeBytes, modifiedAtMs, sideCarPaths: [] };
}

function run(known: readonly LibraryItem[], listing: readonly ListedFilm[], nowMs = 1_000) {
	const result = reconcile({ folderId, known, listing, nowMs, newOfferId });
	const items = new Map(known.map((item) => [item.offerId, item]));
	for (const item of result.saved) items.set(item.offerId, item);
	for (const offerId of result.deletedOfferIds) items.delete(offerId);
	return { ...result, items: [...items.values()] };
}

/** A library in which everything has been learnt. */
function learnt(listing: readonly ListedFilm[]): LibraryItem[] {
	return run([], listing).items.map((item) => ({
		...item,
		catalogId: `c${item.offerId.slice(1)}` as CatalogId,
		probe: {
			kind: 'done',
			facts: { mimeType: 'video/mp4', videoCodec: 'avc1', audioCodec: '' },
		},
		poster: { kind: 'done', posterId: 'ab' },
	}));
}

describe('reconcile', () => {
	it('adds what is new', () => {
		const { items, counts } = run([], [film('a/Alien (1979).mkv', 5)]);
		expect(counts.added).toBe(1);
		expect(items).toMatchObject([
			{ path: 'a/Alien (1979).mkv', title: 'Alien', year: 1979, presence: { kind: 'present' } },
		]);
	});

	it('writes nothing when nothing has changed', () => {
		const known = learnt([film('a.mkv', 1), film('b.mkv', 2)]);
		const { saved, deletedOfferIds, counts } = run(known, [film('b.mkv', 2), film('a.mkv', 1)]);
		expect([saved, deletedOfferIds, counts.unchanged]).toEqual([[], [], 2]);
	});

	it('keeps the offer of a changed file and looks into it again', () => {
		const known = learnt([film('a.mkv', 1)]);
		const { items, counts } = run(known, [film('a.mkv', 2)]);
		expect(counts.changed).toBe(1);
		expect(items).toMatchObject([
			{
				offerId: known[0]?.offerId,
				catalogId: known[0]?.catalogId,
				sizeBytes: 2,
				probe: { kind: 'waiting' },
				poster: { kind: 'waiting' },
			},
		]);
	});

	it('keeps everything of a file that was renamed', () => {
		const known = learnt([film('Alien.mkv', 1), film('Brazil.mkv', 2)]);
		const { items, counts } = run(known, [film('Alien (1979).mkv', 1), film('Brazil.mkv', 2)]);
		expect(counts).toMatchObject({ moved: 1, added: 0, missing: 0 });
		expect(items[0]).toEqual({ ...known[0], path: 'Alien (1979).mkv', year: 1979 });
	});

	it('tells apart files of one size and time by their names', () => {
		const known = learnt([film('a.mkv', 1), film('b.mkv', 1)]);
		const { items, counts } = run(known, [film('new/b.mkv', 1), film('new/a.mkv', 1)]);
		expect(counts.moved).toBe(2);
		expect(items.map(({ path, offerId }) => [path, offerId])).toEqual([
			['new/a.mkv', known[0]?.offerId],
			['new/b.mkv', known[1]?.offerId],
		]);
	});

	it('does not guess between files that look the same', () => {
		const known = learnt([film('a.mkv', 1), film('b.mkv', 1)]);
		const { counts } = run(known, [film('c.mkv', 1), film('d.mkv', 1)]);
		expect(counts).toMatchObject({ moved: 0, added: 2, missing: 2 });
	});

	it('follows two files that change names with each other', () => {
		const known = learnt([film('a.mkv', 1), film('b.mkv', 2)]);
		const { items, counts } = run(known, [film('a.mkv', 2), film('b.mkv', 1)]);
		expect(counts.moved).toBe(2);
		expect(items.map(({ path }) => path)).toEqual(['b.mkv', 'a.mkv']);
	});

	it('finds a file again that moved here from another folder', () => {
		const elsewhere = learnt([film('old/a.mkv', 7)]).map((item) => ({
			...item,
			folderId: 'other' as FolderId,
			presence: { kind: 'missing', sinceMs: 1 } as const,
		}));
		const { items } = run(elsewhere, [film('a.mkv', 7)]);
		expect(items).toMatchObject([
			{ offerId: elsewhere[0]?.offerId, folderId, path: 'a.mkv', presence: { kind: 'present' } },
		]);
	});

	it('keeps the record of a missing file for a while', () => {
		const known = learnt([film('a.mkv', 1)]);
		const gone = run(known, [], 5_000);
		expect(gone.items).toMatchObject([{ presence: { kind: 'missing', sinceMs: 5_000 } }]);
		expect(run(gone.items, [], 5_000 + keepMissingMs).items).toHaveLength(1);
		expect(run(gone.items, [film('a.mkv', 1)]).items).toEqual(known);
		expect(run(gone.items, [], 5_001 + keepMissingMs).items).toEqual([]);
	});

	it('does not take an unreadable directory for empty', () => {
		const known = learnt([film('dark/a.mkv', 1), film('darker.mkv', 2)]);
		const dark = {
			kind: 'unreadable',
			path: 'dark',
			reason: 'permission-denied',
			isFilm: false,
		} as const;
		const { items, counts } = run(known, [dark, film('darker.mkv', 2)]);
		expect(counts).toMatchObject({ unreadable: 1, unchanged: 1, missing: 0 });
		expect(items[0]?.presence).toEqual({ kind: 'unreadable', reason: 'permission-denied' });
		expect(run(items, [film('dark/a.mkv', 1), film('darker.mkv', 2)]).items).toEqual(known);
	});

	it('lists an unreadable film with its reason until it can be read or is gone', () => {
		const locked = {
			kind: 'unreadable',
			path: 'Locked.mkv',
			reason: 'permission-denied',
			isFilm: true,
		} as const;
		const { items } = run([], [locked]);
		expect(items).toMatchObject([{ title: 'Locked', presence: { kind: 'unreadable' } }]);
		expect(run(items, [film('Locked.mkv', 3)]).items).toMatchObject([
			{ offerId: items[0]?.offerId, sizeBytes: 3, presence: { kind: 'present' } },
		]);
		expect(run(items, []).items).toEqual([]);
	});

	it('hides what was taken out until the file changes', () => {
		const known = learnt([film('a.mkv', 1)]).map((item) => ({ ...item, removedAtMs: 9 }));
		expect(run(known, [film('b.mkv', 1)]).items).toMatchObject([{ removedAtMs: 9 }]);
		expect(run(known, [film('a.mkv', 2)]).items[0]?.removedAtMs).toBeUndefined();
	});

	const listings = fc.uniqueArray(
		fc.record({
			path: fc.constantFrom('a.mkv', 'b.mkv', 'x/a.mkv', 'x/b.mkv', 'y/a.mkv', 'c.mkv'),
			sizeBytes: fc.integer({ min: 0, max: 3 }),
			modifiedAtMs: fc.integer({ min: 1, max: 2 }),
		}),
		{ selector: ({ path }) => path },
	);

	it('makes the library what the listing is, whatever happened in between', () => {
		fc.assert(
			fc.property(fc.array(listings, { maxLength: 5 }), (history) => {
				let items: LibraryItem[] = [];
				for (const listing of history) {
					items = run(
						items,
						listing.map(({ path, sizeBytes, modifiedAtMs }) => film(path, sizeBytes, modifiedAtMs)),
					).items;
					const present = items
						.filter(({ presence }) => presence.kind === 'present')
						.map(({ path, sizeBytes, modifiedAtMs }) => ({ path, sizeBytes, modifiedAtMs }));
					const byPath = (one: { path: string }, other: { path: string }) =>
						one.path < other.path ? -1 : 1;
					expect(present.sort(byPath)).toEqual([...listing].sort(byPath));
					expect(new Set(items.map(({ offerId }) => offerId)).size).toBe(items.length);
				}
			}),
		);
	});

	it('keeps every offer id when files of different sizes move in any way', () => {
		const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), {
			minLength: 6,
			maxLength: 6,
		});
		fc.assert(
			fc.property(names, names, (before, after) => {
				const known = learnt(before.map((name, index) => film(`${name}.mkv`, index + 1)));
				const { items, counts } = run(
					known,
					after.map((name, index) => film(`${name}.mkv`, index + 1)),
				);
				const bySize = (list: readonly LibraryItem[]) =>
					new Map(list.map(({ sizeBytes, offerId }) => [sizeBytes, offerId]));
				expect(bySize(items)).toEqual(bySize(known));
				expect(counts.moved + counts.unchanged).toBe(6);
			}),
		);
	});

	it('compares ten thousand films in under 300 ms', async () => {
		const files = Array.from({ length: 10_000 }, (_, index) =>
			film(`${String(index % 100)}/Film ${String(index)} (1999).mkv`, index + 1, index),
		);
		const known = run([], files).items;
		const moved = files.map((file, index) =>
			index % 2 === 0 ? { ...file, path: `moved/${file.path}` } : file,
		);
		const input = { folderId, known, listing: moved, nowMs: 1, newOfferId };
		expect(await leastCpuMs(() => reconcile(input))).toBeLessThan(300);
		expect(reconcile(input).counts).toMatchObject({ moved: 5_000, unchanged: 5_000 });
	});
});
