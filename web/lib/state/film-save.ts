// The save of a film: begun from its page or its card, and known there when one comes back. Reads the states it is
// given, so whoever shows it is told of changes.
import type { SavedThing } from '../../../peer/saves/save-ports.ts';
import type { CatalogEntry } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { CatalogId, PeerId } from '../../../proto/ids.ts';
import type { FilmView, SaveView } from '../view-models.ts';
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

/** What is saved of a film in the catalog; `undefined` while nobody has said what its file is called. */
export function savedFilmOf(
	entry: CatalogEntry,
): { readonly thing: SavedThing; readonly fileName: string } | undefined {
	const catalogId = catalogIdOf(entry.catalogId);
	const fileName = torrentOfEntry(entry)?.name;
	if (!catalogId || fileName === undefined) return undefined;
	const [owner, ...others] = entry.owners;
	// What several have is proved by its pieces, as in the link to it.
	const key = owner && others.length === 0 ? Uint8Array.from(owner.publicKey) : undefined;
	return { thing: { kind: 'film', catalogId, ...(key && { ownerPublicKey: key }) }, fileName };
}

/** How saving a film of the catalog stands; `undefined` when it is here already, or cannot be saved. */
export function savingOfEntry(
	entry: CatalogEntry,
	ownPeerId: PeerId | undefined,
	saves: Pick<SavesState, 'find'>,
): FilmView['saving'] {
	const saved = savedFilmOf(entry);
	if (!saved || entry.owners.some(({ peerId }) => peerId === ownPeerId)) return undefined;
	switch (saves.find(saved.thing)?.stage.kind) {
		case 'opening':
		case 'checking':
		case 'saving':
		case 'elsewhere':
			return 'begun';
		case 'saved':
			return 'done';
		case 'interrupted':
		case undefined:
			return 'possible';
	}
}
