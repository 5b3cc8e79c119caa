// What commands of the edge may do to the library: hash, delete and rename what is offered, and nothing else.
import { GiggityflixError } from '../../proto/errors.ts';
import type { CatalogId } from '../../proto/ids.ts';
import type { Hashing } from '../hashing/hashing.ts';
import type { Folders } from '../library/folders.ts';
import type { LibraryItem } from '../library/library-item.ts';
import type { Library } from '../library/library.ts';
import { without } from '../library/without.ts';
import { openItem } from '../library/offered-files.ts';
import type { CommandedFiles } from './messages/context.ts';

export function createCommandedFiles(deps: {
	library: Library;
	folders: Pick<Folders, 'open' | 'delete'>;
	hashing: Pick<Hashing, 'demand'>;
	findItem: (catalogId: CatalogId) => LibraryItem | undefined;
	isDeleteAllowed: () => boolean;
}): CommandedFiles {
	const { library, folders } = deps;
	return {
		find(catalogId) {
			const item = deps.findItem(catalogId);
			if (!item || item.removedAtMs !== undefined || library.sharingOf(item) === 'private') {
				throw new GiggityflixError('not-found', 'no such file is offered');
			}
			return item;
		},
		open: async (item) => (await openItem(folders, item)).film,
		isDeleteAllowed: deps.isDeleteAllowed,
		async delete(item) {
			await folders.delete(item);
			library.change({ saved: [], deletedOfferIds: [item.offerId] });
		},
		hash: (item, signal) => deps.hashing.demand(item, signal),
		remap: (item, catalogId) =>
			library.update(item.offerId, (current) => withCatalogId(current, catalogId)),
	};
}

/**
 * The item under another catalog id; the one before becomes an alias. Back under its first id it has left the entry
 * it was merged into and answers to that one no longer.
 */
export function withCatalogId(item: LibraryItem, catalogId: CatalogId): LibraryItem {
	if (item.catalogId === catalogId) return item;
	if (item.aliasCatalogIds?.[0] === catalogId) {
		return { ...without(item, 'aliasCatalogIds'), catalogId };
	}
	const aliases = new Set(item.aliasCatalogIds);
	if (item.catalogId) aliases.add(item.catalogId);
	aliases.delete(catalogId);
	return { ...item, catalogId, ...(aliases.size > 0 && { aliasCatalogIds: [...aliases] }) };
}
