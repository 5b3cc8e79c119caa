// What every LibraryStore must do, as tests. An adapter's own test file calls describeLibraryStore with a medium
// that can be opened again. IndexedDB needs a browser and has its own: tests/e2e/adapters/storage.spec.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type {
	FolderId,
	FolderRecord,
	LibraryItem,
	PeerRecord,
} from '../../peer/library/library-item.ts';
import type { LibraryStore } from '../../peer/ports.ts';
import { defaultSettings } from '../../peer/settings.ts';
import type { CatalogId, MediaId, OfferId, PeerId } from '../../proto/ids.ts';

/** Where one test's records lie. `open` opens it, again after a store on it was closed. */
export interface LibraryMedium {
	open(): LibraryStore;
	dispose(): Promise<void>;
}

export function describeLibraryStore(name: string, makeMedium: () => Promise<LibraryMedium>): void {
	describe(`${name} keeps the contract of LibraryStore`, () => {
		let medium: LibraryMedium;
		let store: LibraryStore;

		beforeEach(async () => {
			medium = await makeMedium();
			store = medium.open();
		});
		afterEach(async () => {
			store.close();
			await medium.dispose();
		});

		const reopen = () => {
			store.close();
			store = medium.open();
		};

		it('is empty at first', async () => {
			expect(await store.loadPeer()).toBeUndefined();
			expect(await store.loadFolders()).toEqual([]);
			expect(await store.loadItems()).toEqual([]);
			expect(await store.loadPoster('offer-1')).toBeUndefined();
			expect(await store.loadInfoDictionary('offer-1')).toBeUndefined();
		});

		it('keeps the newest record of the peer', async () => {
			await store.savePeer(peerRecord);
			await store.savePeer({ ...peerRecord, announcedSequence: 8, announcedEdgeId: 'edge-b' });
			reopen();
			expect(await store.loadPeer()).toEqual({
				...peerRecord,
				announcedSequence: 8,
				announcedEdgeId: 'edge-b',
			});
		});

		it('keeps every field of folders and items, whatever their names', async () => {
			const odd = folder('films', { name: 'Ünï "; DROP TABLE items; --', scannedAtMs: 5 });
			await store.saveFolder(odd);
			await store.changeItems({ saved: [fullItem, item(2)], deletedOfferIds: [] });
			reopen();
			expect(await store.loadFolders()).toEqual([odd]);
			expect(byOffer(await store.loadItems())).toEqual([fullItem, item(2)]);
		});

		it('writes and deletes items in one call', async () => {
			await store.changeItems({ saved: [item(1), item(2), item(3)], deletedOfferIds: [] });
			await store.changeItems({
				saved: [{ ...item(3), title: 'Renamed' }, item(4)],
				deletedOfferIds: ['offer-2', 'offer-9'],
			});
			reopen();
			expect(byOffer(await store.loadItems())).toEqual([
				item(1),
				{ ...item(3), title: 'Renamed' },
				item(4),
			]);
		});

		it('moves an item to another folder', async () => {
			await store.saveFolder(folder('films'));
			await store.changeItems({ saved: [item(1, 'films')], deletedOfferIds: [] });
			await store.changeItems({ saved: [item(1, 'series')], deletedOfferIds: [] });
			await store.deleteFolder('films' as FolderId);
			expect(await store.loadItems()).toEqual([item(1, 'series')]);
		});

		it('keeps bytes apart from those who gave them', async () => {
			const image = new Uint8Array([1, 2, 3]);
			await store.savePoster('offer-1', image);
			await store.saveInfoDictionary('offer-1', image.subarray(1));
			image.fill(0);
			reopen();
			expect(await store.loadPoster('offer-1')).toEqual(new Uint8Array([1, 2, 3]));
			expect(await store.loadInfoDictionary('offer-1')).toEqual(new Uint8Array([2, 3]));
			await store.savePoster('offer-1', new Uint8Array([4]));
			expect(await store.loadPoster('offer-1')).toEqual(new Uint8Array([4]));
		});

		it('deletes what belongs to an item with it', async () => {
			await fill(1, 'films');
			await fill(2, 'films');
			await store.changeItems({ saved: [], deletedOfferIds: ['offer-1'] });
			expect(await leftOf(1)).toEqual([undefined, undefined]);
			expect(await leftOf(2)).toEqual([new Uint8Array([2]), new Uint8Array([2, 2])]);
		});

		it('deletes a folder with everything in it, and no other', async () => {
			await store.saveFolder(folder('films'));
			await store.saveFolder(folder('series'));
			await fill(1, 'films');
			await fill(2, 'series');
			await store.deleteFolder('films' as FolderId);
			await store.deleteFolder('films' as FolderId);
			reopen();
			expect(await store.loadFolders()).toEqual([folder('series')]);
			expect(await store.loadItems()).toEqual([item(2, 'series')]);
			expect(await leftOf(1)).toEqual([undefined, undefined]);
			expect(await leftOf(2)).toEqual([new Uint8Array([2]), new Uint8Array([2, 2])]);
		});

		it('loads 10,000 items', async () => {
			const saved = Array.from({ length: 10_000 }, (_, number) => item(number));
			await store.changeItems({ saved, deletedOfferIds: [] });
			reopen();
			expect(await store.loadItems()).toHaveLength(10_000);
		});

		async function fill(number: number, folderId: string): Promise<void> {
			await store.changeItems({ saved: [item(number, folderId)], deletedOfferIds: [] });
			await store.savePoster(`offer-${number}`, new Uint8Array([number]));
			await store.saveInfoDictionary(`offer-${number}`, new Uint8Array([number, number]));
		}

		const leftOf = (number: number) =>
			Promise.all([
				store.loadPoster(`offer-${number}`),
				store.loadInfoDictionary(`offer-${number}`),
			]);
	});
}

const peerRecord: PeerRecord = {
	phrase: 'twelve words that nobody else may see',
	chosenPeerId: 'attic' as PeerId,
	settings: { ...defaultSettings, displayName: 'Attic' },
	announcedSequence: 7,
	announcedEdgeId: 'edge-a',
	announcedDigest: 'digest',
	saidSequence: 8,
};

function folder(folderId: string, fields: Partial<FolderRecord> = {}): FolderRecord {
	return {
		folderId: folderId as FolderId,
		name: folderId,
		sharing: 'public',
		addedAtMs: 1,
		...fields,
	};
}

function item(number: number, folderId = 'films'): LibraryItem {
	return {
		offerId: `offer-${number}` as OfferId,
		folderId: folderId as FolderId,
		path: `Season ${number % 12}/Film number ${number}.mkv`,
		sizeBytes: 2_000_000_000 + number,
		modifiedAtMs: 1_700_000_000_000 + number,
		addedAtMs: 1_750_000_000_000,
		title: `Film number ${number}`,
		presence: { kind: 'present' },
		probe: { kind: 'waiting' },
		poster: { kind: 'waiting' },
		sideCarPaths: [],
	};
}

const fullItem: LibraryItem = {
	...item(1),
	...{ path: 'Amélie/“film”\u0000.mkv', year: 2001, season: 1, episode: 2, sharing: 'link-only' },
	catalogId: 'a'.repeat(26) as CatalogId,
	aliasCatalogIds: ['b'.repeat(26) as CatalogId],
	presence: { kind: 'missing', sinceMs: 5 },
	probe: {
		kind: 'done',
		facts: { durationMs: 1, widthPx: 2, heightPx: 3, mimeType: '', videoCodec: '', audioCodec: '' },
	},
	poster: { kind: 'done', posterId: 'c'.repeat(64) },
	mediaId: 'd'.repeat(64) as MediaId,
	torrent: {
		infoHash: 'e'.repeat(40),
		pieceLengthBytes: 262_144,
		piecesId: 'f'.repeat(64),
		infoDictionaryBytes: 120,
	},
	sideCarPaths: ['film.en.srt'],
	storedPosterId: 'c'.repeat(64),
	removedAtMs: 9,
};

function byOffer(items: readonly LibraryItem[]): LibraryItem[] {
	return items.toSorted((one, other) => one.offerId.localeCompare(other.offerId));
}
