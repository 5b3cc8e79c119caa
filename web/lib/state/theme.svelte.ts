// Light, dark, or what the system prefers. app.html applies the stored choice before the first paint;
// this class changes and stores it.

export type Theme = 'system' | 'light' | 'dark';

/** app.html reads the same key. */
const storageKey = 'giggityflix.theme';

export class ThemeState {
	#chosen = $state<Theme>('system');
	readonly #storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
	readonly #root: Pick<HTMLElement, 'dataset'>;

	constructor(
		storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
		root: Pick<HTMLElement, 'dataset'>,
	) {
		this.#storage = storage;
		this.#root = root;
		const stored = storage.getItem(storageKey);
		if (stored === 'light' || stored === 'dark') this.#chosen = stored;
	}

	get chosen(): Theme {
		return this.#chosen;
	}

	choose(theme: Theme): void {
		this.#chosen = theme;
		if (theme === 'system') {
			delete this.#root.dataset['theme'];
			this.#storage.removeItem(storageKey);
		} else {
			this.#root.dataset['theme'] = theme;
			this.#storage.setItem(storageKey, theme);
		}
	}
}
