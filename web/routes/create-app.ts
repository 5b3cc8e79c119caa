// Makes what every page finds in context from the browser's peer. Knows the browser's storage, clipboard and
// address, and hands them on as parameters.
import type { BrowserPeer } from '$lib/browser/browser-peer.ts';
import { clearDevice } from '$lib/browser/clear-device.ts';
import { saveBytes } from '$lib/browser/save-bytes.ts';
import type { App } from '$lib/state/app.ts';
import { CatalogState } from '$lib/state/catalog-state.svelte.ts';
import { createFilmTorrents } from '$lib/state/film-torrents.ts';
import { createFolderChooser } from '$lib/state/folder-chooser.ts';
import { createLocalPosters } from '$lib/state/local-posters.ts';
import { MagnetState } from '$lib/state/magnet-state.svelte.ts';
import { PeerState } from '$lib/state/peer-state.svelte.ts';
import { createSaveSources } from '$lib/state/save-sources.ts';
import { SavesState } from '$lib/state/saves-state.svelte.ts';
import { ThemeState } from '$lib/state/theme.svelte.ts';
import { Toasts } from '$lib/state/toasts.svelte.ts';
import { createWarmSources } from '$lib/state/warm-sources.ts';
import { attemptFailed } from '$lib/state/words.ts';
import { createSaves } from '../../peer/saves/saves.ts';

export function createApp(browserPeer: BrowserPeer): App {
	const { peer, catalog, streams, torrents } = browserPeer;
	const toasts = new Toasts();
	const copy = async (text: string, done: string) => {
		try {
			await navigator.clipboard.writeText(text);
			toasts.show(done);
		} catch {
			// Refused, or there is no clipboard on pages without HTTPS.
			toasts.show(attemptFailed('copy', 'permission-denied'));
		}
	};
	const copyMagnet = (magnet: string) => copy(magnet, 'Magnet copied.');
	const everySecond = (run: () => void) => {
		const timer = setInterval(run, 1000);
		return () => clearInterval(timer);
	};
	const saves = new SavesState({
		...{ toasts, everySecond },
		saves: createSaves({
			...{ ...browserPeer.saves, clock: browserPeer.clock, randomBytes: browserPeer.randomBytes },
			openSource: createSaveSources({ peer, catalog, ...torrents }),
		}),
	});
	return {
		peer,
		saves,
		catalog,
		streams,
		pieceShelves: browserPeer.pieceShelves,
		metered: browserPeer.metered,
		sources: createWarmSources(peer, browserPeer.clock),
		toasts,
		peerState: new PeerState(peer),
		catalogState: new CatalogState(peer, catalog),
		folders: createFolderChooser(peer, browserPeer, toasts),
		posters: createLocalPosters(peer),
		theme: new ThemeState(localStorage, document.documentElement),
		remembersFolders: browserPeer.canPickFolders,
		magnet: new MagnetState({
			...{ ...torrents, streams, saves, everySecond },
			now: () => Date.now(),
		}),
		canHandleMagnets: torrents.links.canHandle,
		handleMagnets: () => torrents.links.handle(),
		copyLink: (href) =>
			copy(new URL(href, location.origin).href, 'Link copied. It works while this page is open.'),
		copyMagnet,
		torrents: createFilmTorrents({
			...{ peer, toasts, copy: copyMagnet, saveFile: saveBytes },
			trackerUrls: torrents.trackerUrls,
		}),
		clearDevice: async () => {
			await peer.stop();
			await clearDevice();
			location.assign('/');
		},
	};
}
