// Which documents have which word, and where: sorted words for prefixes, a list of document numbers for each.
// Documents may come and go at any time; lists are brought up to date when they are next read, so a thousand changes
// cost one pass. Does not know what a document is.
import { applyChanges, firstNotBelow } from './sorted-list.ts';

/** The documents that have a word, in no order, by where in them it stands. */
export interface Postings {
	readonly inTitle: readonly number[];
	readonly elsewhere: readonly number[];
}

export interface WordIndex {
	/** A document is added once. */
	add(word: string, place: keyof Postings, document: number): void;
	/** Only what was added is removed. */
	remove(word: string, place: keyof Postings, document: number): void;
	/** Every word that starts with a prefix, with its documents. */
	startingWith(prefix: string): Iterable<readonly [word: string, postings: Postings]>;
}

/** A common word has as many documents as there are: in a list they take a fraction of the room and time of a set. */
interface DocumentList {
	documents: number[];
	/** Those that are still among the documents and do not count. */
	gone: Set<number> | undefined;
}

export function createWordIndex(): WordIndex {
	// Most words are rare and stand in one place only: a list for the other would take as much room as theirs.
	const postings = new Map<string, Record<keyof Postings, DocumentList | undefined>>();
	const sorted = createSortedWords();

	return {
		add: (word, place, document) => {
			let found = postings.get(word);
			if (!found) {
				found = { inTitle: undefined, elsewhere: undefined };
				postings.set(word, found);
				sorted.add(word);
			}
			const list = found[place];
			if (!list) found[place] = { documents: [document], gone: undefined };
			else if (!list.gone?.delete(document)) list.documents.push(document);
		},
		remove: (word, place, document) => {
			const found = postings.get(word);
			const list = found?.[place];
			if (!list) return;
			(list.gone ??= new Set()).add(document);
			if (countOf(found.inTitle) + countOf(found.elsewhere) > 0) return;
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
				const { inTitle, elsewhere } = postings.get(word) ?? {};
				yield [word, { inTitle: read(inTitle), elsewhere: read(elsewhere) }];
			}
		},
	};
}

function countOf(list: DocumentList | undefined): number {
	return list ? list.documents.length - (list.gone?.size ?? 0) : 0;
}

function read(list: DocumentList | undefined): readonly number[] {
	if (!list) return [];
	const { documents, gone } = list;
	if (gone) list.documents = documents.filter((document) => !gone.has(document));
	list.gone = undefined;
	return list.documents;
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
