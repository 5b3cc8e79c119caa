// Maps that remember only so much: the newest key is the last of a map, and the first goes when there are too many.

/** Also a key that is known becomes the newest. */
export function putNewest<Key, Value>(
	map: Map<Key, Value>,
	key: Key,
	value: Value,
	maxSize: number,
): void {
	map.delete(key);
	map.set(key, value);
	const [oldest] = map.keys();
	if (map.size > maxSize && oldest !== undefined) map.delete(oldest);
}
