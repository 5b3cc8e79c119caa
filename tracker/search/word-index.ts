// Which documents have which word, and where: sorted words for prefixes, a set of document numbers for each.
// Documents may come and go at any time; the sorted list is brought up to date when it is next read, so a
// thousand changes cost one merge. Does not know what a document is.
import { applyChanges, firstNotBelow } from './sorted-list.ts';

/** Where in a document a word stands. */
export interface Postings {
	readonly inTitle: ReadonlySet<number>;
	readonly elsewhere: ReadonlySet<number>;
}

export interface WordIndex {
	add(word: string, place: keyof Postings, document: number): void;
	remove(word: string, place: keyof Postings, document: number): void;
	/** Every word that starts with a prefix, with its documents. */
	startingWith(prefix: string): Iterable<readonly [word: string, postings: Postings]>;
}

const nowhere: ReadonlySet<number> = new Set();

export function createWordIndex(): WordIndex {
	// Most words are rare and stand in one place only: a set for the other would take as much room as theirs.
	const postings = new Map<string, Record<keyof Postings, Set<number> | undefined>>();
	const sorted = createSortedWords();

	return {
		add: (word, place, document) => {
			let found = postings.get(word);
			if (!found) {
				found = { inTitle: undefined, elsewhere: undefined };
				postings.set(word, found);
				sorted.add(word);
			}
			(found[place] ??= new Set()).add(document);
		},
		remove: (word, place, document) => {
			const found = postings.get(word);
			if (!found) return;
			found[place]?.delete(document);
			if ((found.inTitle?.size ?? 0) + (found.elsewhere?.size ?? 0) > 0) return;
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
				const { inTitle = nowhere, elsewhere = nowhere } = postings.get(word) ?? {};
				yield [word, { inTitle, elsewhere }];
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
