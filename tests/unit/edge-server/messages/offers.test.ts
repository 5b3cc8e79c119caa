import { create, fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { readOffer, readOffers } from '../../../../edge-server/messages/offers.ts';
import {
	FileOfferSchema,
	MediaFactsSchema,
	TorrentSchema,
	Visibility,
	type FileOffer,
} from '../../../../proto/gen/giggityflix/v1/media_pb.js';
import { maxOffersPerPage } from '../../../../proto/limits.ts';
import { offer } from '../../../support/offers.ts';

const facts = create(MediaFactsSchema, {
	durationMs: 5_400_000n,
	widthPx: 1920,
	heightPx: 1080,
	mimeType: 'video/mp4',
	videoCodec: 'avc1.640028',
	audioCodec: 'mp4a.40.2',
});

const torrent = create(TorrentSchema, { infoHash: new Uint8Array(20).fill(3), name: 'Film.mp4' });

/** Field 5, a varint: 7. */
const unknownVisibility = fromBinary(FileOfferSchema, Uint8Array.of(0x28, 7)).visibility;

describe('readOffer', () => {
	it('keeps everything that is well formed', () => {
		const full = offer(1, {
			facts,
			mediaId: new Uint8Array(32).fill(1),
			piecesId: new Uint8Array(32).fill(3),
			posterId: new Uint8Array(32).fill(2),
			torrent,
			year: 1927,
			season: 0,
			episode: 12,
		});
		expect(readOffer(full)).toEqual(full);
	});

	it('makes names plain text', () => {
		const read = readOffer(offer(1, { title: 'A\u0007 film\u202e ', folder: '\u0000Films' }));
		expect(read).toMatchObject({ title: 'A  film', folder: 'Films' });
	});

	it('drops fields it does not know', () => {
		const strange = offer(1);
		// Field 99, a varint: 1.
		strange.$unknown = fromBinary(FileOfferSchema, Uint8Array.of(0x98, 0x06, 1)).$unknown!;
		expect(strange.$unknown).toHaveLength(1);
		expect(readOffer(strange).$unknown).toBeUndefined();
	});

	it.each<[string, Partial<FileOffer>]>([
		['an id in capitals', { offerId: 'A'.repeat(26) }],
		['a short id', { offerId: 'abc' }],
		['a torrent that is not for everyone', { torrent, visibility: Visibility.LINK_ONLY }],
		[
			'a short info hash',
			{ torrent: create(TorrentSchema, { infoHash: new Uint8Array(19), name: 'x' }) },
		],
		[
			'a long torrent name',
			{ torrent: create(TorrentSchema, { ...torrent, name: 'x'.repeat(256) }) },
		],
		['no title', { title: '' }],
		['a title of controls', { title: '\u0001\u0002' }],
		['a long title', { title: 'x'.repeat(301) }],
		['a long folder name', { folder: 'x'.repeat(201) }],
		['an empty file', { sizeBytes: 0n }],
		['an impossible size', { sizeBytes: 2n ** 53n }],
		['an impossible time', { modifiedAtMs: 2n ** 60n }],
		['no visibility', { visibility: Visibility.UNSPECIFIED }],
		['an unknown visibility', { visibility: unknownVisibility }],
		['a short media id', { mediaId: new Uint8Array(31) }],
		['a long pieces id', { piecesId: new Uint8Array(33) }],
		['an empty poster id', { posterId: new Uint8Array() }],
		['a year beyond all calendars', { year: 10_000 }],
		['a season beyond all patience', { season: 10_000 }],
		['an episode beyond all patience', { episode: 100_000 }],
		['a MIME type with a script', { facts: { ...facts, mimeType: 'text/html;<script>' } }],
		['a codec with quotes', { facts: { ...facts, videoCodec: '"avc1"' } }],
		['a long codec', { facts: { ...facts, audioCodec: 'x'.repeat(101) } }],
		['an impossible width', { facts: { ...facts, widthPx: 65_536 } }],
		['an impossible length', { facts: { ...facts, durationMs: 2n ** 60n } }],
	])('refuses %s', (_, changes) => {
		expect(() => readOffer(offer(1, changes))).toThrow(
			expect.objectContaining({ code: 'invalid-argument' }),
		);
	});
});

describe('readOffers', () => {
	it('refuses a page with too many offers', () => {
		const offers = Array.from({ length: maxOffersPerPage + 1 }, (_, index) => offer(index));
		expect(readOffers(offers.slice(1))).toHaveLength(maxOffersPerPage);
		expect(() => readOffers(offers)).toThrow(
			expect.objectContaining({ code: 'resource-exhausted' }),
		);
	});

	it('refuses a page that has an offer twice', () => {
		expect(() => readOffers([offer(1), offer(2), offer(1)])).toThrow(
			expect.objectContaining({ code: 'invalid-argument' }),
		);
	});
});
