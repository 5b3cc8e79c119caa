import { describe, expect, it } from 'vitest';
import { Visibility } from '../../../../proto/gen/giggityflix/v1/media_pb.js';
import type { OfferId } from '../../../../proto/ids.ts';
import type { FolderId, LibraryItem } from '../../../../peer/library/library-item.ts';
import { digestOfOffers, offerOfItem } from '../../../../peer/library/offer-of-item.ts';

const item: LibraryItem = {
	offerId: 'a'.repeat(26) as OfferId,
	folderId: 'folder' as FolderId,
	path: 'secret/place/Alien.mkv',
	sizeBytes: 5,
	modifiedAtMs: 7.5,
	addedAtMs: 1,
	title: 'Alien',
	year: 1979,
	presence: { kind: 'present' },
	probe: { kind: 'waiting' },
	poster: { kind: 'waiting' },
	sideCarPaths: [],
};
const folder = { sharing: 'public', name: 'Films', isReadable: true } as const;

describe('offerOfItem', () => {
	it('says what a file is called and how large it is, never where it lies', () => {
		const prepared = offerOfItem(item, folder);
		expect(prepared?.offer).toMatchObject({
			title: 'Alien',
			folder: 'Films',
			sizeBytes: 5n,
			modifiedAtMs: 7n,
			visibility: Visibility.PUBLIC,
			year: 1979,
		});
		expect(JSON.stringify(Object.values(prepared!.offer).map(String))).not.toContain('secret');
		expect(offerOfItem(item, { ...folder, sharing: 'link-only' })?.offer.visibility).toBe(
			Visibility.LINK_ONLY,
		);
	});

	it.each<[string, Partial<LibraryItem>, Partial<Parameters<typeof offerOfItem>[1]>]>([
		['private', {}, { sharing: 'private' }],
		['in a folder that cannot be read', {}, { isReadable: false }],
		['missing', { presence: { kind: 'missing', sinceMs: 1 } }, {}],
		['unreadable', { presence: { kind: 'unreadable', reason: 'permission-denied' } }, {}],
		['taken out', { removedAtMs: 1 }, {}],
		['empty', { sizeBytes: 0 }, {}],
	])('offers nothing that is %s', (_name, ofItem, ofFolder) => {
		expect(offerOfItem({ ...item, ...ofItem }, { ...folder, ...ofFolder })).toBeUndefined();
	});

	it('names the torrent of a film that is for everyone, and of no other', () => {
		const torrent = {
			...{ infoHash: '0a'.repeat(20), pieceLengthBytes: 262_144 },
			...{ piecesId: '0b'.repeat(32), infoDictionaryBytes: 120 },
		};
		const offered = (sharing: 'public' | 'link-only') =>
			offerOfItem({ ...item, torrent }, { ...folder, sharing })?.offer.torrent;
		expect(offered('public')).toMatchObject({
			infoHash: new Uint8Array(20).fill(0x0a),
			name: 'Alien.mkv',
		});
		expect(offered('link-only')).toBeUndefined();
	});

	it('makes any name on a disk fit the protocol', () => {
		const named = (title: string) => offerOfItem({ ...item, title }, folder)?.offer.title;
		expect(named('x'.repeat(400))).toHaveLength(300);
		expect(named(`${'x'.repeat(299)}😀`)).toBe('x'.repeat(299));
		expect(named('A\ud800B')).toBe('A\ufffdB');
		expect(named('gpj.\u202eneila\u0007')).toBe('gpj. neila');
		expect(named('\u0000')).toBe('?');
	});

	it('leaves out facts that make no sense', () => {
		const facts = {
			durationMs: Number.NaN,
			widthPx: 1e9,
			heightPx: 1080.4,
			mimeType: 'video/mp4; codecs="avc1"',
			videoCodec: 'avc1.640028',
			audioCodec: '<script>',
		};
		const offer = offerOfItem({ ...item, probe: { kind: 'done', facts } }, folder)?.offer;
		expect(offer?.facts).toMatchObject({
			heightPx: 1080,
			mimeType: 'video/mp4',
			videoCodec: 'avc1.640028',
			audioCodec: '',
		});
		expect(offer?.facts?.durationMs).toBeUndefined();
		expect(offer?.facts?.widthPx).toBeUndefined();
	});
});

describe('digestOfOffers', () => {
	it('sums up a set in any order and notices every change', () => {
		const [one, two] = ['00ff'.repeat(8), '0f0f'.repeat(8)];
		expect(digestOfOffers([one, two])).toBe(digestOfOffers([two, one]));
		expect(digestOfOffers([one])).not.toBe(digestOfOffers([one, two]));
		expect(digestOfOffers([])).toBe('00'.repeat(16));
	});
});
