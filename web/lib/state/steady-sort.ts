// Sorts a list again that changes in a few places: starts from the order it had, so that what stands in its place
// costs one comparison. A library of ten thousand films is sorted with every picture that is made of one.

/** Returns a function that sorts as `Array.toSorted` does, but for those that compare as equal: they stay as they were. */
export function createSteadySort<Item>(
	idOf: (item: Item) => string,
): (items: readonly Item[], compare: (one: Item, other: Item) => number) => Item[] {
	let order: readonly string[] = [];
	return (items, compare) => {
		const waiting = new Map(items.map((item) => [idOf(item), item]));
		const sorted: Item[] = [];
		for (const id of order) {
			const item = waiting.get(id);
			if (item === undefined) continue;
			sorted.push(item);
			waiting.delete(id);
		}
		sorted.push(...waiting.values());
		sorted.sort(compare);
		order = sorted.map(idOf);
		return sorted;
	};
}
