// Document numbers in one order, for walking a result without sorting it. Changes are gathered and merged in
// when the order is next read. A document's place must not change while it is in here: take it out before
// and put it in again after.
import { applyChanges } from './sorted-list.ts';

export interface DocumentOrder {
	add(document: number): void;
	remove(document: number): void;
	sorted(): readonly number[];
}

/** `compare` is total: it answers 0 for no two documents. */
export function createDocumentOrder(compare: (a: number, b: number) => number): DocumentOrder {
	let documents: number[] = [];
	const added = new Set<number>();
	const removed = new Set<number>();
	return {
		add: (document) => {
			added.add(document);
		},
		remove: (document) => {
			// One that was added since the last reading is in no list yet.
			if (!added.delete(document)) removed.add(document);
		},
		sorted: () => {
			if (added.size + removed.size === 0) return documents;
			documents = applyChanges(documents, { added, removed }, compare);
			added.clear();
			removed.clear();
			return documents;
		},
	};
}
