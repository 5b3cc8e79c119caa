// Which offers are known by the info hash of their torrent. Only public ones are put in: whoever knows an info hash
// may ask for it, so an offer shared by link must not be found by one. Does not know entries.
import { Visibility } from '../proto/gen/giggityflix/v1/media_pb.js';
import type { StoredOffer } from './store/tracker-store.ts';

export interface TorrentIndex {
	put(stored: StoredOffer): void;
	remove(stored: StoredOffer): void;
	/** The first announced comes first. */
	find(infoHash: Uint8Array): Iterable<StoredOffer>;
}

export function createTorrentIndex(): TorrentIndex {
	const byInfoHash = new Map<string, Set<StoredOffer>>();
	return {
		put(stored) {
			const key = keyOf(stored);
			if (key === undefined) return;
			byInfoHash.set(key, (byInfoHash.get(key) ?? new Set()).add(stored));
		},
		remove(stored) {
			const key = keyOf(stored);
			const offers = key === undefined ? undefined : byInfoHash.get(key);
			if (key === undefined || !offers) return;
			offers.delete(stored);
			if (offers.size === 0) byInfoHash.delete(key);
		},
		find: (infoHash) => byInfoHash.get(hexOf(infoHash)) ?? [],
	};
}

function keyOf({ offer }: StoredOffer): string | undefined {
	const isPublic = offer.visibility === Visibility.PUBLIC;
	return isPublic && offer.torrent ? hexOf(offer.torrent.infoHash) : undefined;
}

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
