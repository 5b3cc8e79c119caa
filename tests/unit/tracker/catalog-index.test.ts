// Search: what is found, in which order, page by page, and how fast with 100,000 entries.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CatalogId } from '../../../proto/ids.ts';
import {
	createCatalogIndex,
	type CatalogIndex,
	type CatalogQuery,
	type IndexedEntry,
} from '../../../tracker/catalog-index.ts';
import { wordsOf } from '../../../tracker/search/fold-text.ts';

const id = (name: string | number) => String(name) as CatalogId;
const entry = (name: string | number, fields: Partial<IndexedEntry> = {}): IndexedEntry => ({
	catalogId: id(name),
	title: `Film ${name}`,
	folder: '',
	year: undefined,
	addedAtMs: 0,
	durationMs: 0,
	isAvailable: true,
	...fields,
});
const everything: CatalogQuery = {
	text: '',
	order: undefined,
	pageSize: 50,
	pageCursor: '',
	onlyAvailable: false,
};
const indexOf = (...entries: IndexedEntry[]): CatalogIndex => {
	const index = createCatalogIndex();
	for (const each of entries) index.put(each);
	return index;
};
const find = (index: CatalogIndex, query: Partial<CatalogQuery> | string) =>
	index.search({ ...everything, ...(typeof query === 'string' ? { text: query } : query) })
		.catalogIds;
/** Every page, one after the other. */
function walk(
	index: CatalogIndex,
	query: Partial<CatalogQuery>,
	between?: () => void,
): CatalogId[] {
	const found: CatalogId[] = [];
	for (let pageCursor = ''; ;) {
		const page = index.search({ ...everything, ...query, pageCursor });
		found.push(...page.catalogIds);
		if (page.nextPageCursor === '') return found;
		pageCursor = page.nextPageCursor;
		between?.();
	}
}

describe('search', () => {
	it('finds words by their beginnings, without case and diacritics', () => {
		const index = indexOf(
			entry('amelie', { title: 'Le Fabuleux Destin d’Amélie Poulain' }),
			entry('lodz', { title: 'ŁÓDŹ Straße' }),
		);
		expect(find(index, 'AMELIE')).toEqual(['amelie']);
		expect(find(index, 'amé pou')).toEqual(['amelie']);
		expect(find(index, 'poulain fab')).toEqual(['amelie']);
		expect(find(index, 'lodz strasse')).toEqual(['lodz']);
		expect(find(index, 'melie')).toEqual([]);
		expect(find(index, 'amelie lodz')).toEqual([]);
	});

	it('looks into the folder and the year as well', () => {
		const index = indexOf(entry('a', { title: 'Alien', folder: 'Science Fiction', year: 1979 }));
		for (const text of ['science', 'alien fict', '1979', '197 alien']) {
			expect(find(index, text)).toEqual(['a']);
		}
	});

	it('puts whole words of the title first, then beginnings, then the folder', () => {
		const index = indexOf(
			entry('folder', { title: 'Dune', folder: 'Stars', addedAtMs: 9 }),
			entry('prefix', { title: 'Starship Troopers', addedAtMs: 8 }),
			entry('whole', { title: 'A Star Is Born', addedAtMs: 1 }),
		);
		expect(find(index, 'star')).toEqual(['whole', 'prefix', 'folder']);
	});

	it('sorts by newest, title with numbers as numbers, and length', () => {
		const index = indexOf(
			entry('ten', { title: 'Film 10', addedAtMs: 2, durationMs: 1 }),
			entry('two', { title: 'film 2', addedAtMs: 3, durationMs: 3 }),
			entry('eclair', { title: 'Éclair', addedAtMs: 1, durationMs: 2 }),
		);
		expect(find(index, {})).toEqual(['two', 'ten', 'eclair']);
		expect(find(index, { order: 'newest' })).toEqual(['two', 'ten', 'eclair']);
		expect(find(index, { order: 'title' })).toEqual(['eclair', 'two', 'ten']);
		expect(find(index, { order: 'longest' })).toEqual(['two', 'eclair', 'ten']);
	});

	it('follows entries that change, go and come again', () => {
		const index = indexOf(entry('a', { title: 'Old name' }), entry('b', { title: 'Other' }));
		find(index, 'old');
		index.put(entry('a', { title: 'New name' }));
		expect(find(index, 'old')).toEqual([]);
		expect(find(index, 'new')).toEqual(['a']);
		index.remove(id('a'));
		index.remove(id('a'));
		expect(find(index, 'new')).toEqual([]);
		expect(find(index, { order: 'title' })).toEqual(['b']);
		index.put(entry('c', { title: 'Third' }));
		index.put(entry('a', { title: 'New name' }));
		expect(find(index, { order: 'title' })).toEqual(['a', 'b', 'c']);
		expect(index.size()).toBe(3);
	});

	it('can leave out what nobody can serve now', () => {
		const index = indexOf(entry('a'), entry('b', { isAvailable: false }));
		expect(find(index, { onlyAvailable: true })).toEqual(['a']);
		index.put(entry('a', { isAvailable: false }));
		index.put(entry('b'));
		expect(find(index, { onlyAvailable: true })).toEqual(['b']);
		expect(index.search(everything).total).toBe(2);
	});

	it('refuses cursors it has not made, and those of another order', () => {
		const index = indexOf(entry('a'), entry('b'));
		const invalid = expect.objectContaining({ code: 'invalid-argument' }) as Error;
		const { nextPageCursor } = index.search({ ...everything, pageSize: 1 });
		const search = (fields: Partial<CatalogQuery>) => () =>
			index.search({ ...everything, ...fields });
		expect(search({ pageCursor: 'nonsense' })).toThrow(invalid);
		expect(search({ pageCursor: Buffer.from('[1]').toString('base64url') })).toThrow(invalid);
		expect(search({ pageCursor: nextPageCursor, order: 'title' })).toThrow(invalid);
		expect(search({ pageCursor: nextPageCursor })).not.toThrow();
	});
});

describe('paging', () => {
	const word = fc.constantFrom('star', 'Stardust', 'wars', 'Éclair', 'film', '10', '2', 'a');
	const anyEntry = fc.record({
		title: fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')),
		folder: word,
		year: fc.constantFrom(undefined, 1979, 2001),
		addedAtMs: fc.integer({ min: 0, max: 5 }),
		durationMs: fc.integer({ min: 0, max: 3 }),
		isAvailable: fc.boolean(),
	});
	const anyQuery = fc.record({
		text: fc.constantFrom('', 's', 'star', 'star w', 'ecl', 'fi 1', '2001', 'nothing'),
		order: fc.constantFrom(undefined, 'newest' as const, 'title' as const, 'longest' as const),
		pageSize: fc.integer({ min: 1, max: 7 }),
		onlyAvailable: fc.boolean(),
	});
	const matches = (each: IndexedEntry, { text, onlyAvailable }: Partial<CatalogQuery>) => {
		const words = [...wordsOf(`${each.title} ${each.folder} ${each.year ?? ''}`)];
		const hasAll = [...wordsOf(text ?? '')].every((asked) =>
			words.some((has) => has.startsWith(asked)),
		);
		return hasAll && (!onlyAvailable || each.isAvailable);
	};

	it('shows each entry that matches once, and no other', () => {
		fc.assert(
			fc.property(fc.array(anyEntry, { maxLength: 40 }), anyQuery, (fields, query) => {
				const entries = fields.map((each, index) => ({ ...each, catalogId: id(index) }));
				const index = indexOf(...entries);
				const wanted = entries.filter((each) => matches(each, query)).map((each) => each.catalogId);
				const found = walk(index, query);
				expect(found.toSorted()).toEqual(wanted.toSorted());
				expect(index.search({ ...everything, ...query }).total).toBe(wanted.length);
				expect(find(index, { ...query, pageSize: 200 })).toEqual(found);
			}),
			{ numRuns: 300 },
		);
	});

	it('shows what stays exactly once while other entries come and go between the pages', () => {
		fc.assert(
			fc.property(
				fc.array(anyEntry, { minLength: 5, maxLength: 30 }),
				fc.array(anyEntry, { maxLength: 10 }),
				anyQuery,
				(fields, others, query) => {
					const staying = fields.map((each, index) => ({
						...each,
						catalogId: id(`stays-${index}`),
					}));
					const passing = others.map((each, index) => ({
						...each,
						catalogId: id(`passes-${index}`),
					}));
					const index = indexOf(...staying, ...passing.filter((_, number) => number % 2 === 0));
					const waiting = [...passing.entries()];
					const found = walk(index, query, () => {
						const [number, other] = waiting.pop() ?? [];
						if (other && number !== undefined && number % 2 === 0) index.remove(other.catalogId);
						else if (other) index.put(other);
					});
					expect(new Set(found).size).toBe(found.length);
					const wanted = staying.filter((each) => matches(each, query));
					expect(found.filter((each) => each.startsWith('stays')).toSorted()).toEqual(
						wanted.map((each) => each.catalogId).toSorted(),
					);
				},
			),
			{ numRuns: 200 },
		);
	});
});

describe('with 100,000 entries', () => {
	const nouns = [
		'Star',
		'Night',
		'River',
		'Été',
		'Garden',
		'Return',
		'Last',
		'King',
		'Ocean',
		'Winter',
	];
	const noun = (number: number) => nouns[number % nouns.length] ?? '';
	const big = indexOf(
		...Array.from({ length: 100_000 }, (_, number) =>
			entry(number, {
				title: `The ${noun(number)} of the ${noun(Math.floor(number / 10))} ${number}`,
				folder: `Folder ${number % 500}`,
				year: 1950 + (number % 70),
				addedAtMs: (number * 7919) % 1_000_003,
				durationMs: (number * 104_729) % 10_000_000,
				isAvailable: number % 3 === 0,
			}),
		),
	);

	it('answers in under 20 ms of processor time at the 95th percentile, updates in between', () => {
		const queries: Partial<CatalogQuery>[] = [
			{},
			{ text: 'the' },
			{ text: 't' },
			{ text: 'star nig' },
			{ text: 'ete 4242' },
			{ order: 'title' },
			{ text: 'winter', order: 'title', onlyAvailable: true },
			{ order: 'longest', onlyAvailable: true },
		];
		// The first query by each order sorts everything once.
		for (const query of queries) big.search({ ...everything, ...query });
		const tookMs = Array.from({ length: 80 }, (_, round) => {
			big.put(entry(`new-${round}`, { title: `Unheard of ${round}`, addedAtMs: round }));
			big.remove(id(round));
			const before = process.cpuUsage();
			big.search({ ...everything, ...queries[round % queries.length] });
			const { user, system } = process.cpuUsage(before);
			return (user + system) / 1_000;
		});
		const p95 = tookMs.toSorted((a, b) => a - b)[Math.floor(tookMs.length * 0.95)];
		expect(p95).toBeLessThan(20);
	});
});
