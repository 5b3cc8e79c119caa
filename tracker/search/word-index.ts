// Which documents have which word, and where: sorted words for prefixes, a set of document numbers for each.
// Documents may come and go at any time; the sorted list is brought up to date when it is next read, so a
// thousand changes cost one merge. Does not know what a document is.
import { applyChanges, firstNotBelow } from './sorted-list.ts';

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
	const sorted = createSortedWords();

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
			sorted.remove(word);
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
function createSortedWords() {
	let words: string[] = [];
	const added = new Set<string>();
	const removed = new Set<string>();
	return {
		add: (word: string) => {
			if (!removed.delete(word)) added.add(word);
		},
		remove: (word: string) => {
			if (!added.delete(word)) removed.add(word);
		},
		read: (): readonly string[] => {
			if (added.size + removed.size === 0) return words;
			words = applyChanges(words, { added, removed }, compareWords);
			added.clear();
			removed.clear();
			return words;
		},
	};
}

/** Default order of `Array.prototype.sort`. */
function compareWords(one: string, other: string): number {
	return one < other ? -1 : Number(one > other);
}
