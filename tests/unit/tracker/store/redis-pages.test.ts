// A page says the same after it was packed, every field of an offer included, and pages merge to what they say in turn.
import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
	FileOfferSchema,
	MediaFactsSchema,
	TorrentSchema,
	Visibility,
} from '../../../../proto/gen/giggityflix/v1/media_pb.js';
import { deriveCatalogId, randomId, type OfferId, type PeerId } from '../../../../proto/ids.ts';
import {
	firstToMerge,
	mergePages,
	packPage,
	unpackPage,
} from '../../../../tracker/store/redis-pages.ts';
import type { StoredOffer } from '../../../../tracker/store/tracker-store.ts';
import { catalogIdOf, makeOffer, offerIdOf } from '../../../support/tracker-world.ts';

const laptop = 'laptop' as PeerId;
const randomBytes = (target: Uint8Array) => crypto.getRandomValues(target);

const full = create(FileOfferSchema, {
	offerId: offerIdOf(1),
	title: 'Amélie "\u0000 \\ 🎬',
	sizeBytes: 2n ** 64n - 1n,
	modifiedAtMs: 1_700_000_000_001n,
	visibility: Visibility.LINK_ONLY,
	folder: 'Été',
	facts: create(MediaFactsSchema, {
		...{ durationMs: 7_320_000n, widthPx: 1_920, heightPx: 1_080, mimeType: 'video/mp4' },
		...{ videoCodec: 'avc1.640028', audioCodec: 'mp4a.40.2' },
	}),
	mediaId: randomBytes(new Uint8Array(32)),
	year: 2001,
	season: 1,
	episode: 0,
	posterId: randomBytes(new Uint8Array(32)),
	piecesId: randomBytes(new Uint8Array(32)),
	torrent: create(TorrentSchema, { infoHash: randomBytes(new Uint8Array(20)), name: 'a.mkv' }),
});

function stored(number: number, fields: Partial<StoredOffer> = {}): StoredOffer {
	const offerId = offerIdOf(number);
	const catalogId = deriveCatalogId(laptop, offerId);
	const offer = makeOffer(number);
	return { peerId: laptop, offerId, catalogId, sequence: 7, addedAtMs: 9, offer, ...fields };
}

describe('redis-pages', () => {
	it('gives back every field there is, and none that was not', () => {
		// A field that is added to an offer has to be added to the columns as well.
		for (const { localName } of FileOfferSchema.fields) expect(full).toHaveProperty(localName);
		for (const { localName } of MediaFactsSchema.fields) {
			expect(full.facts).toHaveProperty(localName);
		}
		for (const { localName } of TorrentSchema.fields) {
			expect(full.torrent).toHaveProperty(localName);
		}
		const upserted = [
			stored(1, { offer: full }),
			stored(2, { catalogId: catalogIdOf('nas', 3) }),
			stored(3, { offer: makeOffer(3, { facts: create(MediaFactsSchema, {}) }) }),
			stored(4, { offer: makeOffer(4, { mediaId: randomBytes(new Uint8Array(32)) }) }),
		];
		const removed = [offerIdOf(8), randomId<OfferId>(randomBytes)];
		const change = { upserted, removed };
		expect(unpackPage(laptop, packPage(change))).toEqual(change);
		const many = { upserted: Array.from({ length: 500 }, (_, at) => stored(at)), removed: [] };
		expect(unpackPage(laptop, packPage(many))).toEqual(many);
	});

	it('merges pages to what they say one after another', () => {
		const newer = stored(2, { sequence: 8 });
		const pages = [
			{ upserted: [stored(1), stored(2)], removed: [] },
			{ upserted: [newer], removed: [offerIdOf(1), offerIdOf(3)] },
			{ upserted: [stored(3)], removed: [] },
		].map(packPage);
		expect(mergePages(laptop, pages)).toEqual({
			upserted: [newer, stored(3)],
			removed: [offerIdOf(1)],
		});
	});

	it('leaves pages alone that are much larger than all behind them', () => {
		const sizes = (...bytes: number[]) => firstToMerge(bytes.map((length) => Buffer.alloc(length)));
		expect(sizes(1_000, 400, 10, 10, 10)).toBe(2);
		expect(sizes(1_000, 900, 700)).toBe(0);
		expect(sizes(1_000, 300, 290, 10)).toBe(0);
		expect(sizes(5)).toBe(0);
	});
});
