// Sorted lists that change a little often and a lot now and then. Knows nothing of what is sorted.

type Compare<Item> = (one: Item, other: Item) => number;

/** Position of the first item that does not come before `wanted`, looked for from `start` on. */
export function firstNotBelow<Item>(
	sorted: readonly Item[],
	wanted: Item,
	compare: Compare<Item>,
	start = 0,
): number {
	let low = start;
	let high = sorted.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (compare(sorted[middle] as Item, wanted) < 0) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** Up to here moving the tail of an array for each change is cheaper than copying the array once. */
const fewChanges = 32;

/** Brings a sorted list up to date and returns it; it may be the same array or a new one. */
export function applyChanges<Item>(
	sorted: Item[],
	changes: { readonly added: ReadonlySet<Item>; readonly removed: ReadonlySet<Item> },
	compare: Compare<Item>,
): Item[] {
	const kept = without(sorted, changes.removed);
	if (changes.added.size > fewChanges) {
		return mergeSorted(kept, [...changes.added].sort(compare), compare);
	}
	for (const item of changes.added) kept.splice(firstNotBelow(kept, item, compare), 0, item);
	return kept;
}

/** Does not compare: what is removed may have lost what it was sorted by. */
function without<Item>(sorted: Item[], removed: ReadonlySet<Item>): Item[] {
	if (removed.size > fewChanges) return sorted.filter((item) => !removed.has(item));
	for (const item of removed) {
		const index = sorted.indexOf(item);
		if (index !== -1) sorted.splice(index, 1);
	}
	return sorted;
}

/** Compares only to find places in the longer list, because comparing titles costs far more than copying. */
function mergeSorted<Item>(
	long: readonly Item[],
	short: readonly Item[],
	compare: Compare<Item>,
): Item[] {
	const merged: Item[] = [];
	let taken = 0;
	for (const item of short) {
		const place = firstNotBelow(long, item, compare, taken);
		for (; taken < place; taken += 1) merged.push(long[taken] as Item);
		merged.push(item);
	}
	for (; taken < long.length; taken += 1) merged.push(long[taken] as Item);
	return merged;
}
