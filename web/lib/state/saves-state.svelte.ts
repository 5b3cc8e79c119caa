// All saves of this browser as pages show them, with the verbs of their buttons. Numbers are looked at once a second
// while one runs. Knows nothing of how anything is saved.
import { isSameThing, type Save, type Saves } from '../../../peer/saves/saves.ts';
import type { SavedThing, SaveId } from '../../../peer/saves/save-ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import type { Toasts } from './toasts.svelte.ts';
import { attemptFailed, type Attempt } from './words.ts';

export interface SavesStateOptions {
	readonly saves: Saves;
	readonly toasts: Pick<Toasts, 'show'>;
	/** Runs something every second until the returned function is called. */
	readonly everySecond: (run: () => void) => () => void;
}

export class SavesState {
	#list = $state.raw<readonly Save[]>([]);
	#stopTicking: (() => void) | undefined;
	readonly #options: SavesStateOptions;

	constructor(options: SavesStateOptions) {
		this.#options = options;
		options.saves.subscribe(() => this.#look());
	}

	/** In the order they were begun. */
	get list(): readonly Save[] {
		return this.#list;
	}

	get interrupted(): readonly Save[] {
		return this.#list.filter(({ stage }) => stage.kind === 'interrupted');
	}

	/** The most urgent of what there is. */
	get summary(): 'none' | 'running' | 'interrupted' | 'saved' {
		if (this.#list.some(isRunning)) return 'running';
		if (this.interrupted.length > 0) return 'interrupted';
		return this.#list.length > 0 ? 'saved' : 'none';
	}

	/** The save of one thing, if there is one. */
	find(thing: SavedThing): Save | undefined {
		return this.#list.find(({ record }) => isSameThing(record.of, thing));
	}

	/** What is remembered from earlier visits and other tabs. */
	async load(): Promise<void> {
		// Where the browser remembers nothing there is nothing to resume.
		await this.#options.saves.load().catch(() => undefined);
	}

	/** Call it from a click. */
	save(thing: SavedThing, fileName: string): Promise<void> {
		return this.#attempt('save', this.#options.saves.save(thing, fileName));
	}

	/** Call it from a click. */
	resume(saveId: SaveId): Promise<void> {
		return this.#attempt('save', this.#options.saves.resume(saveId));
	}

	pause(saveId: SaveId): Promise<void> {
		return this.#options.saves.pause(saveId);
	}

	/** Call it from a click. */
	discard(saveId: SaveId): Promise<void> {
		return this.#attempt('discard', this.#options.saves.discard(saveId));
	}

	/** The page is left. */
	close(): void {
		this.#stopTicking?.();
		this.#options.saves.close();
	}

	async #attempt(attempt: Attempt, work: Promise<void>): Promise<void> {
		try {
			await work;
		} catch (caught) {
			this.#options.toasts.show(attemptFailed(attempt, GiggityflixError.from(caught).code));
		}
	}

	#look(): void {
		this.#list = this.#options.saves.list();
		if (this.#list.some(isRunning))
			this.#stopTicking ??= this.#options.everySecond(() => this.#look());
		else {
			this.#stopTicking?.();
			this.#stopTicking = undefined;
		}
	}
}

function isRunning({ stage }: Save): boolean {
	return stage.kind === 'opening' || stage.kind === 'checking' || stage.kind === 'saving';
}
