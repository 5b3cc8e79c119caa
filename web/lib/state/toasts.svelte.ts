// Short messages at the edge of the screen. They leave by themselves unless they offer an action somebody
// may still want; one that repeats replaces the one before. Knows nothing of what they are about.
import { untrack } from 'svelte';

export interface Toast {
	readonly id: number;
	readonly text: string;
	readonly action?: { readonly label: string; readonly run: () => void };
}

export interface ToastOptions {
	readonly action?: Toast['action'];
	/** Stays until it is dismissed. */
	readonly stays?: boolean;
}

/** Long enough to read two lines; with an action, long enough to reach it by keyboard. */
const shownMs = 6_000;
const shownWithActionMs = 14_000;
const maxShown = 3;

export class Toasts {
	#list = $state.raw<readonly Toast[]>([]);
	#nextId = 1;
	readonly #after: (delayMs: number, run: () => void) => void;

	/** `after` runs something later; a fake one in tests. */
	constructor(
		after: (delayMs: number, run: () => void) => void = (ms, run) => setTimeout(run, ms),
	) {
		this.#after = after;
	}

	get list(): readonly Toast[] {
		return this.#list;
	}

	/** Returns what takes it away. */
	show(text: string, options: ToastOptions = {}): () => void {
		const { action, stays = false } = options;
		const toast: Toast = { id: this.#nextId++, text, ...(action && { action }) };
		this.#change((list) =>
			[...list.filter((other) => other.text !== text), toast].slice(-maxShown),
		);
		const dismiss = () => this.dismiss(toast.id);
		if (!stays) this.#after(action ? shownWithActionMs : shownMs, dismiss);
		return dismiss;
	}

	dismiss(id: number): void {
		this.#change((list) => list.filter((toast) => toast.id !== id));
	}

	/** An effect that shows or dismisses a message does not depend on the list: it would run for ever. */
	#change(changed: (list: readonly Toast[]) => readonly Toast[]): void {
		this.#list = changed(untrack(() => this.#list));
	}
}
