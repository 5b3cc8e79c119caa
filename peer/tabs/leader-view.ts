// What a tab that follows has heard of the leader: its snapshot, its items, its session. Knows nothing of
// channels.
import type { CatalogId } from '../../proto/ids.ts';
import { createCatalogIndex } from '../library/catalog-index.ts';
import type { LibraryItem } from '../library/library-item.ts';
import type { PeerSnapshot } from '../peer.ts';
import { defaultSettings } from '../settings.ts';
import { withItemChanges, type ItemChanges } from './item-mirror.ts';
import type { LeaderState } from './tab-protocol.ts';

export interface LeaderView {
	snapshot(): PeerSnapshot;
	items(): readonly LibraryItem[];
	findItem(catalogId: CatalogId): LibraryItem | undefined;
	/** `undefined` until the leader has been heard. */
	leader(): LeaderState | undefined;
	showState(state: LeaderState): void;
	showItems(items: readonly LibraryItem[]): void;
	/** Ignored until all items have been heard. */
	changeItems(changes: ItemChanges): void;
}

const beforeTheLeader: PeerSnapshot = {
	identity: undefined,
	role: 'starting',
	edge: { kind: 'connecting', attempt: 0 },
	settings: defaultSettings,
	folders: [],
	libraryVersion: 0,
	probing: { done: 0, total: 0 },
	hashing: { kind: 'idle', hashedCount: 0, totalCount: 0, bytesPerSecond: 0, shareByOffer: {} },
	serving: { viewers: 0, uploadBytesPerSecond: 0, totalUploadedBytes: 0, viewersByEntry: {} },
	trouble: [],
};

export function createLeaderView(): LeaderView {
	let snapshot = beforeTheLeader;
	let leader: LeaderState | undefined;
	let items: readonly LibraryItem[] | undefined;
	const index = createCatalogIndex(() => items ?? []);

	function showItems(next: readonly LibraryItem[]): void {
		items = next;
		index.reset();
	}

	return {
		snapshot: () => snapshot,
		items: () => items ?? [],
		findItem: (catalogId) => index.find(catalogId, snapshot.identity?.peerId),
		leader: () => leader,
		showState(state) {
			leader = state;
			snapshot = { ...state.snapshot, role: 'following' };
		},
		showItems,
		changeItems(changes) {
			if (items) showItems(withItemChanges(items, changes));
		},
	};
}
