// Which file is hashed next, and how much there is to do: one look over the library. Pure.
import type { LibraryItem } from '../library/library-item.ts';
import type { Library } from '../library/library.ts';

export interface Survey {
	readonly hashedCount: number;
	/** Hashed, being hashed and waiting. */
	readonly totalCount: number;
	/** Of what is not hashed yet, files being hashed included. */
	readonly waitingBytes: number;
	readonly next: LibraryItem | undefined;
}

export interface HashOrder {
	/** Whether the item is to be hashed at all. */
	readonly isHashable: (item: LibraryItem) => boolean;
	/** Whether it can be begun now. */
	readonly isStartable: (item: LibraryItem) => boolean;
	/** Somebody waits for it. */
	readonly isDemanded: (item: LibraryItem) => boolean;
	/** Somebody watches it. */
	readonly isWatched: (item: LibraryItem) => boolean;
	/** It is on a screen. */
	readonly isPreferred: (item: LibraryItem) => boolean;
}

/** Within one rank the newest folder comes first, and in it the order of the listing. */
export function surveyLibrary(
	library: Pick<Library, 'items' | 'folder'>,
	order: HashOrder,
): Survey {
	let hashedCount = 0;
	let totalCount = 0;
	let waitingBytes = 0;
	let next: LibraryItem | undefined;
	let nextRank = -1;
	let nextAddedAtMs = -Infinity;
	for (const item of library.items()) {
		if (!order.isHashable(item)) continue;
		totalCount += 1;
		if (item.mediaId && item.torrent) {
			hashedCount += 1;
			continue;
		}
		waitingBytes += item.sizeBytes;
		if (!order.isStartable(item)) continue;
		const rank = rankOf(item, order);
		const addedAtMs = library.folder(item.folderId)?.addedAtMs ?? 0;
		if (rank < nextRank || (rank === nextRank && addedAtMs <= nextAddedAtMs)) continue;
		next = item;
		nextRank = rank;
		nextAddedAtMs = addedAtMs;
	}
	return { hashedCount, totalCount, waitingBytes, next };
}

function rankOf(item: LibraryItem, order: HashOrder): number {
	if (order.isDemanded(item)) return 3;
	if (order.isWatched(item)) return 2;
	return order.isPreferred(item) ? 1 : 0;
}
