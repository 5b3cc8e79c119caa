// What a stranger's torrent may say, and everything it may not.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { infoHashOf } from '../../../../peer/torrent/info-hash.ts';
import { parseInfo, parseTorrent } from '../../../../peer/torrent/parse-torrent.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import {
	bencode,
	largestTorrent,
	mutations,
	testFolderInfo,
	testInfo,
	testPieceBytes,
	type Bencodable,
} from '../../../support/torrent-bytes.ts';

function codeOf(run: () => unknown): string {
	try {
		run();
	} catch (caught) {
		return caught instanceof GiggityflixError ? caught.code : String(caught);
	}
	return 'no error';
}

const torrentOf = (info: Record<string, Bencodable>, rest: Record<string, Bencodable> = {}) =>
	bencode({ info, ...rest });

describe('parseTorrent', () => {
	it('reads a single file', () => {
		const info = testInfo(40_000, { private: 1 });
		const torrent = parseTorrent(
			torrentOf(info, {
				announce: 'wss://films.example/announce',
				'announce-list': [
					['udp://old.example:80'],
					['wss://films.example/announce'],
					['not a url'],
				],
				comment: 'anything',
				'url-list': ['https://a.example/films/', 'ftp://b.example/'],
			}),
		);
		expect(torrent).toMatchObject({
			infoHash: createHash('sha1').update(bencode(info)).digest('hex'),
			name: 'Harbour Lights.mp4',
			sizeBytes: 40_000,
			pieceBytes: testPieceBytes,
			files: [{ name: 'Harbour Lights.mp4', folder: '', offsetBytes: 0, sizeBytes: 40_000 }],
			trackers: ['wss://films.example/announce', 'udp://old.example:80'],
			httpSeeds: ['https://a.example/films/'],
			isFolder: false,
			isPrivate: true,
		});
		expect(torrent.pieceHashes).toEqual(new Uint8Array(60).fill(7));
		expect(Buffer.from(torrent.info)).toEqual(bencode(info));
	});

	it('reads a folder, and leaves out the padding between its files', () => {
		const files = [
			{ path: ['Shows', 'Season 1', 'One.mkv'], length: 20_000 },
			{ path: ['.pad', '12768'], length: 12_768, attr: 'p' },
			{ path: ['Two.mkv'], length: 5 },
		];
		const info = { ...testFolderInfo(files), files } as unknown as Record<string, Bencodable>;
		expect(parseTorrent(torrentOf(info)).files).toEqual([
			{ name: 'One.mkv', folder: 'Shows/Season 1', offsetBytes: 0, sizeBytes: 20_000 },
			{ name: 'Two.mkv', folder: '', offsetBytes: 32_768, sizeBytes: 5 },
		]);
	});

	it('makes nothing but text of names', () => {
		const info = testFolderInfo([
			{ path: ['..', '..', 'etc', 'passwd'], length: 1 },
			{ path: ['<img src=x onerror=alert(1)>.mp4'], length: 1 },
			{ path: ['film\u202egpj.exe\0\n'], length: 1 },
			{ path: ['x'.repeat(5000)], length: 1 },
		]);
		const names = parseTorrent(torrentOf(info)).files.map(({ name }) => name);
		expect(names).toEqual([
			'passwd',
			'<img src=x onerror=alert(1)>.mp4',
			'filmgpj.exe',
			`${'x'.repeat(254)}…`,
		]);
	});

	const withoutPieces = { name: 'Film', 'piece length': testPieceBytes, length: 100 };
	it.each<[string, string, Buffer]>([
		['no dictionary', 'invalid-argument', bencode([1])],
		['no info', 'invalid-argument', bencode({ announce: 'x' })],
		['a list for info', 'invalid-argument', bencode({ info: [] })],
		['no name', 'invalid-argument', torrentOf({ ...testInfo(100), name: 5 })],
		['no pieces', 'invalid-argument', torrentOf(withoutPieces)],
		['a negative length', 'invalid-argument', torrentOf(testInfo(100, { length: -100 }))],
		['no bytes at all', 'invalid-argument', torrentOf(testInfo(0))],
		['files without bytes', 'invalid-argument', torrentOf(testFolderInfo([]))],
		['files that are none', 'invalid-argument', torrentOf({ ...testFolderInfo([]), files: [1] })],
		[
			'a file without a path',
			'invalid-argument',
			torrentOf(testFolderInfo([{ path: [], length: 1 }])),
		],
		['pieces that do not fit', 'invalid-argument', torrentOf(testInfo(100, { length: 100_000 }))],
		['a piece of one byte', 'invalid-argument', torrentOf(testInfo(100, { 'piece length': 1 }))],
		[
			'a piece of no power of two',
			'invalid-argument',
			torrentOf(testInfo(100, { 'piece length': 20_000 })),
		],
		[
			'a piece of 32 MiB',
			'invalid-argument',
			torrentOf(testInfo(100, { 'piece length': 2 ** 25 })),
		],
		[
			'version 2 alone',
			'unsupported',
			torrentOf({ ...withoutPieces, 'file tree': {}, 'meta version': 2 }),
		],
		['2^52 bytes', 'resource-exhausted', torrentOf(testInfo(100, { length: 2 ** 52 }))],
		[
			'files that add up to more than is read',
			'resource-exhausted',
			torrentOf({
				...testFolderInfo([]),
				files: [1, 2].map(() => ({ length: 2 ** 40, path: ['a'] })),
			}),
		],
		[
			'5,001 files',
			'resource-exhausted',
			torrentOf(testFolderInfo(Array.from({ length: 5001 }, () => ({ path: ['a'], length: 1 })))),
		],
		[
			'a path of 33 parts',
			'resource-exhausted',
			torrentOf(testFolderInfo([{ path: Array<string>(33).fill('a'), length: 1 }])),
		],
		['more than 16,384 pieces', 'resource-exhausted', torrentOf(testInfo(16_385 * testPieceBytes))],
		['more than 2 MiB', 'resource-exhausted', torrentOf(testInfo(100, { x: 'x'.repeat(2 ** 21) }))],
	])('refuses %s', (_what, code, bytes) => {
		expect(codeOf(() => parseTorrent(bytes))).toBe(code);
	});

	it('takes twenty trackers and no more', () => {
		const tiers = Array.from({ length: 50 }, (_unused, index) => [
			`wss://tracker${index}.example/`,
		]);
		const torrent = parseTorrent(torrentOf(testInfo(100), { 'announce-list': tiers }));
		expect(torrent.trackers).toHaveLength(20);
		const long = parseTorrent(torrentOf(testInfo(100), { announce: `wss://a/${'x'.repeat(600)}` }));
		expect(long.trackers).toEqual([]);
	});

	it('reads the largest torrent within its limits', () => {
		const bytes = largestTorrent();
		expect(bytes.length).toBeGreaterThan(1.6 * 1024 * 1024);
		expect(parseTorrent(bytes).files).toHaveLength(5000);
	});

	it('ends on a thousand damaged torrents with a torrent or an error with a code', () => {
		const info = testFolderInfo([
			{ path: ['Season 1', 'One.mkv'], length: 20_000 },
			{ path: ['Two.mkv'], length: 5 },
		]);
		const original = torrentOf(info, { announce: 'wss://films.example/announce' });
		const codes = new Set<string>();
		for (const bytes of mutations(original, 1000)) codes.add(codeOf(() => parseTorrent(bytes)));
		expect([...codes].sort()).toEqual(['invalid-argument', 'no error']);
	});
});

describe('parseInfo', () => {
	const info = bencode(testInfo(40_000));

	it('reads what a swarm sends', () => {
		expect(parseInfo(info, infoHashOf(info))).toMatchObject({ sizeBytes: 40_000, trackers: [] });
	});

	it('tells a liar from a bad torrent', () => {
		const other = bencode(testInfo(50_000));
		expect(codeOf(() => parseInfo(other, infoHashOf(info)))).toBe('corrupt');
		const bad = bencode(testInfo(100, { length: -1 }));
		expect(codeOf(() => parseInfo(bad, infoHashOf(bad)))).toBe('invalid-argument');
	});
});
