// A map that forgets its oldest entry when it is full, for what strangers may fill.

export interface BoundedMap<Key, Value> {
	get(key: Key): Value | undefined;
	has(key: Key): boolean;
	set(key: Key, value: Value): void;
	delete(key: Key): void;
}

export function createBoundedMap<Key, Value>(maxEntries: number): BoundedMap<Key, Value> {
	const entries = new Map<Key, Value>();
	return {
		get: (key) => entries.get(key),
		has: (key) => entries.has(key),
		set(key, value) {
			entries.delete(key);
			entries.set(key, value);
			if (entries.size <= maxEntries) return;
			for (const oldest of entries.keys()) {
				entries.delete(oldest);
				return;
			}
		},
		delete: (key) => void entries.delete(key),
	};
}
