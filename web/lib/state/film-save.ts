// The save of the film that is watched: begun from its page, and known there when one comes back. Reads the states it
// is given, so whoever shows it is told of changes.
import type { SavedThing } from '../../../peer/saves/save-ports.ts';
import type { CatalogId } from '../../../proto/ids.ts';
import type { SaveView } from '../view-models.ts';
import { torrentOfEntry } from './entry-view.ts';
import { viewOfSave } from './save-view.ts';
import type { SavesState } from './saves-state.svelte.ts';
import { catalogIdOf } from './watch-link.ts';
import type { WatchState } from './watch-state.svelte.ts';

export interface FilmSave {
	/** Once it was begun. */
	readonly view: SaveView | undefined;
	/** Whether it is known what the film is called, which its owner says. */
	readonly isReady: boolean;
	/** Goes on when the page is left. Call it from a click. */
	begin(): void;
}

export function createFilmSave(options: {
	readonly saves: Pick<SavesState, 'save' | 'find'>;
	readonly watch: Pick<WatchState, 'entry' | 'facts'>;
	/** Of the link. */
	readonly catalogId: CatalogId | undefined;
	readonly ownerPublicKey: Uint8Array<ArrayBuffer> | undefined;
}): FilmSave {
	const { saves, watch, ownerPublicKey } = options;

	function thing(): SavedThing | undefined {
		const catalogId = catalogIdOf(watch.entry?.catalogId ?? options.catalogId ?? '');
		return catalogId && { kind: 'film', catalogId, ...(ownerPublicKey && { ownerPublicKey }) };
	}

	function fileName(): string | undefined {
		return watch.facts?.fileName ?? (watch.entry && torrentOfEntry(watch.entry)?.name);
	}

	return {
		get view() {
			const wanted = thing();
			const save = wanted && saves.find(wanted);
			return save && viewOfSave(save);
		},
		get isReady() {
			return fileName() !== undefined;
		},
		begin() {
			const [wanted, name] = [thing(), fileName()];
			if (wanted && name !== undefined) void saves.save(wanted, name);
		},
	};
}
