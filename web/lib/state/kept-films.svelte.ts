// The films this browser keeps from earlier visits, as Settings lists them. Knows nothing of where they are kept.
import type { KeptFilm, PieceShelves } from '../../../peer/transfer/pieces/piece-shelf.ts';

export class KeptFilms {
	#films = $state.raw<readonly KeptFilm[]>([]);
	readonly #shelves: PieceShelves | undefined;

	constructor(shelves: PieceShelves | undefined) {
		this.#shelves = shelves;
	}

	/** Whether this browser keeps any. */
	get isPossible(): boolean {
		return this.#shelves !== undefined;
	}

	/** Last watched first; empty before `load`. */
	get films(): readonly KeptFilm[] {
		return this.#films;
	}

	get keptBytes(): number {
		return this.#films.reduce((sum, { keptBytes }) => sum + keptBytes, 0);
	}

	async load(): Promise<void> {
		this.#films = (await this.#shelves?.list()) ?? [];
	}

	async remove(piecesId: string): Promise<void> {
		await this.#shelves?.remove(piecesId);
		await this.load();
	}

	async removeAll(): Promise<void> {
		await this.#shelves?.removeAll();
		await this.load();
	}
}
