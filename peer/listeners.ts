// A set of listeners: told in the order they came; one that leaves while being told is not told again.

export interface Listeners<Event> {
	/** Returns the unsubscribe. */
	add(listener: (event: Event) => void): () => void;
	tell(event: Event): void;
}

export function createListeners<Event = void>(): Listeners<Event> {
	const listeners = new Set<(event: Event) => void>();
	return {
		add(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		tell(event) {
			for (const listener of [...listeners]) if (listeners.has(listener)) listener(event);
		},
	};
}
