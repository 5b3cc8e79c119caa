// Bringing folders in: by picker, by drop, and again after a reload. Says plainly who can see a new folder
// and offers the way back. The pickers themselves are the browser adapters'.
import type { FolderId } from '../../../peer/library/library-item.ts';
import type { Peer } from '../../../peer/peer.ts';
import type { FolderAccess, FolderSource } from '../../../peer/ports.ts';
import { GiggityflixError } from '../../../proto/errors.ts';
import type { Toasts } from './toasts.svelte.ts';
import { attemptFailed, type Attempt } from './words.ts';

/** The ways to a folder that the browser gives. */
export interface FolderPicker {
	pickFolder(): Promise<FolderSource | undefined>;
	foldersFromDrop(dataTransfer: DataTransfer): Promise<FolderSource[]>;
	requestAccess(folderId: FolderId): Promise<FolderAccess>;
}

export interface FolderChooser {
	/** Opens the picker; call it from a click. True when a folder was added. */
	choose(): Promise<boolean>;
	/** Takes what was dropped; call it before the drop event has returned. True when a folder was added. */
	drop(dataTransfer: DataTransfer): Promise<boolean>;
	/** Gives a folder its source again; call it from a click. */
	reconnect(folderId: FolderId): Promise<void>;
}

export function createFolderChooser(
	peer: Peer,
	picker: FolderPicker,
	toasts: Toasts,
): FolderChooser {
	const attempt = <Result>(what: Attempt, run: () => Promise<Result>) => tell(toasts, what, run);

	const add = async (source: FolderSource) => {
		const wasKnown = new Set(peer.snapshot().folders.map((folder) => folder.folderId));
		const folderId = await peer.addFolder(source);
		if (wasKnown.has(folderId)) {
			toasts.show(`“${source.name}” is in your library. Looking for changes.`);
			return;
		}
		const shareLess = () => peer.setFolderSharing(folderId, 'link-only');
		toasts.show(`Everyone on this server can find the films in “${source.name}”.`, {
			action: { label: 'By link only', run: () => void attempt('share', shareLess) },
		});
	};

	const choose = async () => {
		const source = await picker.pickFolder();
		if (source) await add(source);
		return source !== undefined;
	};

	const drop = async (dataTransfer: DataTransfer) => {
		const sources = await picker.foldersFromDrop(dataTransfer);
		for (const source of sources) await add(source);
		if (sources.length === 0) toasts.show('There was no folder in it. Drop a folder of films.');
		return sources.length > 0;
	};

	const reconnect = async (folderId: FolderId) => {
		const access = await picker.requestAccess(folderId);
		if (access !== 'lost') return;
		const source = await picker.pickFolder();
		if (source) await peer.reconnectFolder(folderId, source);
	};

	return {
		choose: async () => (await attempt('add-folder', choose)) ?? false,
		drop: async (dataTransfer) => (await attempt('add-folder', () => drop(dataTransfer))) ?? false,
		reconnect: (folderId) => attempt('reconnect-folder', () => reconnect(folderId)),
	};
}

/** Says what did not work; `undefined` then. Changing one's mind is nothing to be told of. */
async function tell<Result>(
	toasts: Toasts,
	what: Attempt,
	run: () => Promise<Result>,
): Promise<Result | undefined> {
	try {
		return await run();
	} catch (caught) {
		const { code } = GiggityflixError.from(caught);
		if (code !== 'cancelled') toasts.show(attemptFailed(what, code));
		return undefined;
	}
}
