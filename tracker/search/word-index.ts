// Which documents have which word, and where: sorted words for prefixes, a set of document numbers for each.
// Documents may come and go at any time; the sorted list is brought up to date when it is next read, so a
// thousand changes cost one merge. Does not know what a document is.
import { firstNotBelow, mergeSorted } from './sorted-list.ts';

/** Where in a document a word stands. */
export interface Postings {
	readonly inTitle: Set<number>;
	readonly elsewhere: Set<number>;
}

export interface WordIndex {
	add(word: string, place: keyof Postings, document: number): void;
	remove(word: string, place: keyof Postings, document: number): void;
	/** Every word that starts with a prefix, with its documents. */
	startingWith(prefix: string): Iterable<readonly [word: string, postings: Postings]>;
}

export function createWordIndex(): WordIndex {
	const postings = new Map<string, Postings>();
	const sorted = createSortedWords((word) => postings.has(word));

	return {
		add: (word, place, document) => {
			let found = postings.get(word);
			if (!found) {
				found = { inTitle: new Set(), elsewhere: new Set() };
				postings.set(word, found);
				sorted.add(word);
			}
			found[place].add(document);
		},
		remove: (word, place, document) => {
			const found = postings.get(word);
			if (!found) return;
			found[place].delete(document);
			if (found.inTitle.size + found.elsewhere.size > 0) return;
			postings.delete(word);
			sorted.removed();
		},
		*startingWith(prefix) {
			const words = sorted.read();
			for (
				let index = firstNotBelow(words, prefix, compareWords);
				index < words.length;
				index += 1
			) {
				const word = words[index] ?? '';
				if (!word.startsWith(prefix)) return;
				const found = postings.get(word);
				if (found) yield [word, found];
			}
		},
	};
}

/** The words in order of their code units, which puts those with a common prefix side by side. */
function createSortedWords(isPresent: (word: string) => boolean) {
	let words: string[] = [];
	const added = new Set<string>();
	let hasRemoved = false;
	return {
		add: (word: string) => {
			added.add(word);
		},
		removed: () => {
			hasRemoved = true;
		},
		read: (): readonly string[] => {
			if (added.size === 0 && !hasRemoved) return words;
			// A word that went and came again is in both lists.
			const kept = words.filter((word) => isPresent(word) && !added.has(word));
			words = mergeSorted(kept, [...added].filter(isPresent).sort(), compareWords);
			added.clear();
			hasRemoved = false;
			return words;
		},
	};
}

/** Default order of `Array.prototype.sort`. */
function compareWords(one: string, other: string): number {
	return one < other ? -1 : Number(one > other);
}
