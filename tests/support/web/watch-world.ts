// A film that is watched, in front of a peer and a catalog that are told what to say.
import { derivePeerId, type CatalogId } from '../../../proto/ids.ts';
import { PeerState } from '../../../web/lib/state/peer-state.svelte.ts';
import { WatchState } from '../../../web/lib/state/watch-state.svelte.ts';
import { createDemoCatalog, demoEntry } from './demo-catalog.ts';
import { createDemoPeer } from './demo-peer.ts';

/** Of the owner whose link it is, who goes by the name derived from it. */
export const ownerKey = new Uint8Array(33).fill(2);
export const ownerId = derivePeerId(ownerKey);
export const watchedEntry = demoEntry('Harbour Lights', { publicKey: ownerKey, peerId: ownerId });
export const catalogId = watchedEntry.catalogId as CatalogId;

/** A direct connection that has just been made. */
export const openConnection = {
	kind: 'open',
	route: 'direct',
	downloadBytesPerSecond: 0,
	totalBytes: 1,
} as const;

/** `entries` are the catalog's; `hasKey`: the link names its owner. */
export function createWatchWorld(
	options: { entries?: ReturnType<typeof demoEntry>[]; hasKey?: boolean } = {},
) {
	const { entries = [watchedEntry], hasKey = true } = options;
	const catalog = createDemoCatalog(entries);
	const peer = createDemoPeer();
	const released: string[] = [];
	let urlCount = 0;
	const streams = {
		urlFor: async () => `/stream/${(urlCount += 1)}`,
		save: () => undefined,
		release: (url: string) => void released.push(url),
	};
	const watch = new WatchState({
		...{ peer, streams, catalogId },
		peerState: new PeerState(peer),
		catalog: catalog.client,
		sources: { open: peer.openSource },
		ownerPublicKey: hasKey ? ownerKey : undefined,
	});
	return { catalog, peer, watch, released, streams };
}
