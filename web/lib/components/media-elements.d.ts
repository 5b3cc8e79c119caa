// The custom elements and attributes of media-chrome as Svelte's templates know them.
declare module 'svelte/elements' {
	// A type alias, which the rule wants, cannot be merged into Svelte's interface.
	// eslint-disable-next-line @typescript-eslint/consistent-indexed-object-style
	interface SvelteHTMLElements {
		[element: `media-${string}`]: Record<string, unknown>;
	}

	// The parameter has to be named as in Svelte's own declaration.
	// eslint-disable-next-line @typescript-eslint/no-unused-vars
	interface HTMLAttributes<T> {
		/** Keeps an element inside a media-controller in sight when the controls go. */
		noautohide?: boolean;
	}
}

export {};
