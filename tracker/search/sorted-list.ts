// Two operations on sorted lists that Array does not have. Pure.

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

/**
 * One sorted list of a long one and a short one. Compares only to find the places of the short one's items,
 * because comparing titles costs far more than copying a hundred thousand numbers.
 */
export function mergeSorted<Item>(
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
