// The search over public entries: every word asked for must start a word of the title, the folder, or the
// year. In memory, brought up to date entry by entry. Entries that are shared by link only are never put
// in here; whoever calls sees to that. Does not know peers.
import type { CatalogId } from '../proto/ids.ts';
import { createDocumentOrder } from './search/document-order.ts';
import { wordsOf } from './search/fold-text.ts';
import {
	readCursor,
	writeCursor,
	type SearchCursor,
	type SearchOrderName,
	type SortKey,
} from './search/search-cursor.ts';
import { createWordIndex, type Postings } from './search/word-index.ts';

/** What an entry is found and sorted by. */
export interface IndexedEntry {
	readonly catalogId: CatalogId;
	readonly title: string;
	readonly folder: string;
	readonly year: number | undefined;
	readonly addedAtMs: number;
	readonly durationMs: number;
	readonly isAvailable: boolean;
}

export interface CatalogQuery {
	readonly text: string;
	/** Undefined: by relevance when there is a query, by newest otherwise. */
	readonly order: Exclude<SearchOrderName, 'relevance'> | undefined;
	readonly pageSize: number;
	/** Empty for the first page. */
	readonly pageCursor: string;
	readonly onlyAvailable: boolean;
}

export interface CatalogPage {
	readonly catalogIds: readonly CatalogId[];
	/** Empty on the last page. */
	readonly nextPageCursor: string;
	readonly total: number;
}

export interface CatalogIndex {
	/** Adds an entry or replaces it. */
	put(entry: IndexedEntry): void;
	remove(catalogId: CatalogId): void;
	/** Throws `invalid-argument` for a cursor of another search. */
	search(query: CatalogQuery): CatalogPage;
	size(): number;
}

/** Relevance of one word asked for, by where and how it was found. Tried from the best down. */
const wordScores: readonly { place: keyof Postings; isWhole: boolean; score: number }[] = [
	{ place: 'inTitle', isWhole: true, score: 4 },
	{ place: 'inTitle', isWhole: false, score: 2 },
	{ place: 'elsewhere', isWhole: true, score: 1 },
	{ place: 'elsewhere', isWhole: false, score: 1 },
];

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

const compareKeys: Record<SearchOrderName, (one: SortKey, other: SortKey) => number> = {
	relevance: byNewest,
	newest: byNewest,
	title: (one, other) => collator.compare(one.title, other.title) || byId(one, other),
	longest: (one, other) => other.durationMs - one.durationMs || byId(one, other),
};

export function createCatalogIndex(): CatalogIndex {
	const words = createWordIndex();
	const documents = createDocuments();
	const orders = {
		newest: createDocumentOrder(documents.comparing(compareKeys.newest)),
		title: createDocumentOrder(documents.comparing(compareKeys.title)),
		longest: createDocumentOrder(documents.comparing(compareKeys.longest)),
	};

	function remove(catalogId: CatalogId): void {
		const document = documents.numberOf(catalogId);
		const entry = document !== undefined && documents.get(document);
		if (!entry) return;
		for (const [place, word] of placedWords(entry)) words.remove(word, place, document);
		for (const order of Object.values(orders)) order.remove(document);
		documents.remove(catalogId);
	}

	return {
		put: (entry) => {
			if (documents.replaceUnlessMoved(entry)) return;
			remove(entry.catalogId);
			const document = documents.add(entry);
			for (const [place, word] of placedWords(entry)) words.add(word, place, document);
			for (const order of Object.values(orders)) order.add(document);
		},
		remove,
		search: ({ text, order: wanted, pageSize, pageCursor, onlyAvailable }) => {
			const asked = [...wordsOf(text)];
			const order = wanted ?? (asked.length > 0 ? 'relevance' : 'newest');
			const cursor = pageCursor === '' ? undefined : readCursor(pageCursor, order);
			const scores = scoreDocuments(words, asked, documents.capacity());
			const page = startPage({ order, cursor, pageSize });
			// A hundred thousand rounds: nothing is made for a document that is not shown.
			for (const document of orders[order === 'relevance' ? 'newest' : order].sorted()) {
				const score = scores ? (scores[document] ?? 0) : 1;
				if (score === 0 || (onlyAvailable && !documents.isAvailable(document))) continue;
				page.add(order === 'relevance' ? score : 0, document, documents.get);
			}
			return page.finish();
		},
		size: () => documents.size(),
	};
}

interface Hit {
	readonly score: number;
	readonly key: IndexedEntry;
}

/** Gathers the page behind the cursor out of hits that come in the order of their keys; higher scores go first. */
function startPage({
	order,
	cursor,
	pageSize,
}: {
	order: SearchOrderName;
	cursor: SearchCursor | undefined;
	pageSize: number;
}) {
	const compare = compareKeys[order];
	const byScore: Hit[][] = [];
	let total = 0;
	return {
		add: (
			score: number,
			document: number,
			get: (document: number) => IndexedEntry | undefined,
		): void => {
			total += 1;
			const sameScore = (byScore[score] ??= []);
			// One more than a page tells whether there is a next one.
			if (sameScore.length > pageSize) return;
			const key = get(document);
			if (!key || (cursor && !isBehind({ score, key }, cursor, compare))) return;
			sameScore.push({ score, key });
		},
		finish: (): CatalogPage => {
			const found = byScore.reverse().flat();
			const shown = found.slice(0, pageSize);
			const last = shown.at(-1);
			const hasMore = found.length > pageSize && last !== undefined;
			return {
				catalogIds: shown.map(({ key }) => key.catalogId),
				nextPageCursor: hasMore ? writeCursor({ order, score: last.score, key: last.key }) : '',
				total,
			};
		},
	};
}

function isBehind(
	hit: Hit,
	cursor: SearchCursor,
	compare: (one: SortKey, other: SortKey) => number,
): boolean {
	if (hit.score !== cursor.score) return hit.score < cursor.score;
	return compare(hit.key, cursor.key) > 0;
}

/** For each document the sum over all words asked for, 0 when one is missing; undefined when none is asked. */
function scoreDocuments(
	words: ReturnType<typeof createWordIndex>,
	asked: readonly string[],
	capacity: number,
): Uint16Array | undefined {
	if (asked.length === 0) return undefined;
	const found = new Uint16Array(capacity);
	const scores = new Uint16Array(capacity);
	for (const [index, word] of asked.entries()) {
		const candidates = [...words.startingWith(word)];
		for (const { place, isWhole, score } of wordScores) {
			for (const [candidate, postings] of candidates) {
				if ((candidate === word) !== isWhole) continue;
				for (const document of postings[place]) {
					// Only what has all words so far, and each document once for one word.
					if (found[document] !== index) continue;
					found[document] = index + 1;
					scores[document] = (scores[document] ?? 0) + score;
				}
			}
		}
	}
	for (let document = 0; document < capacity; document += 1) {
		if (found[document] !== asked.length) scores[document] = 0;
	}
	return scores;
}

function* placedWords(entry: IndexedEntry): Iterable<[keyof Postings, string]> {
	for (const word of wordsOf(entry.title)) yield ['inTitle', word];
	for (const word of wordsOf(`${entry.folder} ${entry.year ?? ''}`)) yield ['elsewhere', word];
}

/** Numbers entries densely, so that marks fit into typed arrays; numbers of removed ones are used again. */
function createDocuments() {
	const entries: (IndexedEntry | undefined)[] = [];
	/** Beside the entries, because every search reads all of it. */
	const available: boolean[] = [];
	const numbers = new Map<CatalogId, number>();
	const free: number[] = [];
	return {
		get: (document: number) => entries[document],
		isAvailable: (document: number) => available[document] === true,
		numberOf: (catalogId: CatalogId) => numbers.get(catalogId),
		capacity: () => entries.length,
		size: () => numbers.size,
		comparing: (compare: (one: SortKey, other: SortKey) => number) => (a: number, b: number) => {
			const [one, other] = [entries[a], entries[b]];
			return one && other ? compare(one, other) : 0;
		},
		/** Replaces an entry that is found and sorted as before: nothing but its availability changed. */
		replaceUnlessMoved: (entry: IndexedEntry): boolean => {
			const document = numbers.get(entry.catalogId);
			const known = document !== undefined && entries[document];
			if (!known || !isFoundAlike(known, entry)) return false;
			entries[document] = entry;
			available[document] = entry.isAvailable;
			return true;
		},
		add: (entry: IndexedEntry): number => {
			const document = free.pop() ?? entries.length;
			entries[document] = entry;
			available[document] = entry.isAvailable;
			numbers.set(entry.catalogId, document);
			return document;
		},
		remove: (catalogId: CatalogId): void => {
			const document = numbers.get(catalogId);
			if (document === undefined) return;
			numbers.delete(catalogId);
			entries[document] = undefined;
			free.push(document);
		},
	};
}

function isFoundAlike(one: IndexedEntry, other: IndexedEntry): boolean {
	return (
		one.title === other.title &&
		one.folder === other.folder &&
		one.year === other.year &&
		one.addedAtMs === other.addedAtMs &&
		one.durationMs === other.durationMs
	);
}

function byNewest(one: SortKey, other: SortKey): number {
	return other.addedAtMs - one.addedAtMs || byId(one, other);
}

function byId(one: SortKey, other: SortKey): number {
	return one.catalogId < other.catalogId ? -1 : Number(one.catalogId > other.catalogId);
}
