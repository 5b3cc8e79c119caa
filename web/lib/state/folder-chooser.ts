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
	const attempt = async <Result>(what: Attempt, run: () => Promise<Result>, otherwise: Result) => {
		try {
			return await run();
		} catch (caught) {
			const { code } = GiggityflixError.from(caught);
			if (code !== 'cancelled') toasts.show(attemptFailed(what, code));
			return otherwise;
		}
	};

	const add = async (source: FolderSource) => {
		const wasKnown = new Set(peer.snapshot().folders.map((folder) => folder.folderId));
		const folderId = await peer.addFolder(source);
		if (wasKnown.has(folderId))
			toasts.show(`“${source.name}” is in your library. Looking for changes.`);
		else announceSharing(folderId, source.name);
	};

	const announceSharing = (folderId: FolderId, name: string) => {
		toasts.show(`Everyone on this server can find the films in “${name}”.`, {
			action: {
				label: 'By link only',
				run: () => {
					void attempt('share', () => peer.setFolderSharing(folderId, 'link-only'), undefined);
				},
			},
		});
	};

	return {
		choose: () =>
			attempt(
				'add-folder',
				async () => {
					const source = await picker.pickFolder();
					if (source) await add(source);
					return source !== undefined;
				},
				false,
			),
		drop: (dataTransfer) =>
			attempt(
				'add-folder',
				async () => {
					const sources = await picker.foldersFromDrop(dataTransfer);
					for (const source of sources) await add(source);
					if (sources.length === 0)
						toasts.show('There was no folder in it. Drop a folder of films.');
					return sources.length > 0;
				},
				false,
			),
		reconnect: (folderId) =>
			attempt(
				'reconnect-folder',
				async () => {
					const access = await picker.requestAccess(folderId);
					if (access !== 'lost') return;
					const source = await picker.pickFolder();
					if (source) await peer.reconnectFolder(folderId, source);
				},
				undefined,
			),
	};
}
