// Folders as a page shows them: the record, whether it can be read, the scan, and sums over its items.
import type { Folders } from './library/folders.ts';
import type { FolderId } from './library/library-item.ts';
import type { Library } from './library/library.ts';
import type { FolderState } from './peer.ts';

interface Sums {
	itemCount: number;
	sizeBytes: number;
}

/** Returns a function that gives the states of this moment; sums are counted once per version of the library. */
export function createFolderStates(library: Library, folders: Folders): () => FolderState[] {
	let countedVersion = -1;
	let sums = new Map<FolderId, Sums>();

	function count(): Map<FolderId, Sums> {
		const counted = new Map<FolderId, Sums>();
		for (const { folderId, sizeBytes, presence } of library.items()) {
			if (presence.kind === 'missing') continue;
			const sum = counted.get(folderId) ?? { itemCount: 0, sizeBytes: 0 };
			sum.itemCount += 1;
			sum.sizeBytes += sizeBytes;
			counted.set(folderId, sum);
		}
		return counted;
	}

	return () => {
		if (countedVersion !== library.version()) {
			sums = count();
			countedVersion = library.version();
		}
		return library.folders().map((folder) => ({
			...folder,
			access: folders.access(folder.folderId),
			scan: folders.scan(folder.folderId),
			...(sums.get(folder.folderId) ?? { itemCount: 0, sizeBytes: 0 }),
		}));
	};
}
