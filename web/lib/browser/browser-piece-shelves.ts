// The shelves of this page, on the browser's own private storage.
import type { PieceShelves } from '../../../peer/transfer/pieces/piece-shelf.ts';
import { opfsPieceShelves } from './opfs-piece-shelves.ts';

/** `undefined` where the browser cannot write to its private storage from a page. */
export function browserPieceShelves(): PieceShelves | undefined {
	const isAble =
		'storage' in navigator &&
		'getDirectory' in navigator.storage &&
		'createWritable' in FileSystemFileHandle.prototype;
	if (!isAble) return undefined;
	return opfsPieceShelves({
		directory: async () => {
			const root = await navigator.storage.getDirectory();
			return root.getDirectoryHandle('kept-films', { create: true });
		},
		quotaBytes: async () => (await navigator.storage.estimate()).quota ?? 0,
		now: () => Date.now(),
	});
}
