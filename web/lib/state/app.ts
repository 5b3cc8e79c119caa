// What every page finds in context: the peer, the catalog, and the states that outlive a page. Made once by
// routes/+layout.svelte; components never see it.
import type { Client } from '@connectrpc/connect';
import { createContext } from 'svelte';
import type { Peer } from '../../../peer/peer.ts';
import type { PieceShelves } from '../../../peer/transfer/pieces/piece-shelf.ts';
import type { CatalogService } from '../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { CatalogState } from './catalog-state.svelte.ts';
import type { FilmTorrents } from './film-torrents.ts';
import type { FolderChooser } from './folder-chooser.ts';
import type { LocalPosters } from './local-posters.ts';
import type { MagnetState } from './magnet-state.svelte.ts';
import type { PeerState } from './peer-state.svelte.ts';
import type { ThemeState } from './theme.svelte.ts';
import type { SavesState } from './saves-state.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';
import type { WarmSources } from './warm-sources.ts';
import type { StreamUrls } from './stream-urls.ts';

export interface App {
	readonly peer: Peer;
	readonly peerState: PeerState;
	readonly catalog: Client<typeof CatalogService>;
	/** Outlives the catalog's page, so that coming back finds it as it was left. */
	readonly catalogState: CatalogState;
	readonly streams: StreamUrls;
	/** Outlive a page: a film is opened on one and watched on the next. */
	readonly sources: WarmSources;
	/** Whether every byte costs the person money. */
	readonly metered: { isMetered(): boolean; onChange(listener: () => void): () => void };
	/** `undefined` where the browser keeps no films. */
	readonly pieceShelves: PieceShelves | undefined;
	readonly folders: FolderChooser;
	readonly posters: LocalPosters;
	readonly toasts: Toasts;
	/** Outlive a page: they go on while one looks elsewhere. */
	readonly saves: SavesState;
	readonly theme: ThemeState;
	/** Whether chosen folders are known again after a reload. */
	readonly remembersFolders: boolean;
	/** Outlives its page, so that coming back finds the torrent open. */
	readonly magnet: MagnetState;
	/** Whether the browser can be asked to open magnet links here, and asking it. Call it from a click. */
	readonly canHandleMagnets: boolean;
	handleMagnets(): void;
	/** Copies a link and says so. */
	copyLink(href: string): Promise<void>;
	/** Magnets and .torrent files of films on this server. */
	readonly torrents: FilmTorrents;
	/** Copies a magnet and says so. */
	copyMagnet(magnet: string): Promise<void>;
	/** Forgets everything this browser knows and loads the page anew. */
	clearDevice(): Promise<void>;
}

export const [getApp, setApp] = createContext<App>();
