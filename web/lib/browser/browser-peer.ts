// The composition root of the page: the only place that chooses the browser's adapters for the ports of
// the peer core. `routes/+layout.svelte` calls it once. Knows no rule of the peer and nothing of Svelte.
import type { FolderId } from '../../../peer/library/library-item.ts';
import type { Peer } from '../../../peer/peer.ts';
import type { FolderAccess, FolderSource } from '../../../peer/ports.ts';
import type { CatalogClient } from './connect-catalog.ts';
import type { InstallPrompt } from './install-prompt.ts';
import type { StreamBridge } from './stream-bridge.ts';

/** Everything the page can do; made once, started and stopped through `peer`. */
export interface BrowserPeer {
	readonly peer: Peer;
	/** Asks the person for a folder; `undefined` when they changed their mind. Call it from a click. */
	pickFolder(): Promise<FolderSource | undefined>;
	/** The folders (and single files, as one folder) of a drop. Call it before the drop event has returned. */
	foldersFromDrop(dataTransfer: DataTransfer): Promise<FolderSource[]>;
	/** Asks to read a known folder again and reconnects it when granted. Call it from a click. */
	requestAccess(folderId: FolderId): Promise<FolderAccess>;
	readonly catalog: CatalogClient;
	readonly streams: StreamBridge;
	/** Whether picked folders stay known after a reload. */
	readonly canPickFolders: boolean;
	readonly serviceWorker: {
		/** Calls back when a new version of the app waits to take over. Returns the unsubscribe. */
		onUpdateReady(onReady: () => void): () => void;
		/** Lets the new version take over and reloads the page. */
		applyUpdate(): void;
	};
	readonly install: InstallPrompt;
}

export declare function createBrowserPeer(): BrowserPeer;
