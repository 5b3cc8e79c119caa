// Array.fromAsync, which the ES2024 library does not have yet.

export async function allOf<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
	const all: Item[] = [];
	for await (const item of items) all.push(item);
	return all;
}
