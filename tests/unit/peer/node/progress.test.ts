import { describe, expect, it } from 'vitest';
import type { FolderId, LibraryItem } from '../../../../peer/library/library-item.ts';
import { byteText, changesBetween, progressLine } from '../../../../peer/node/progress.ts';
import type {
	FolderState,
	HashingState,
	PeerSnapshot,
	ServingState,
} from '../../../../peer/peer.ts';
import { defaultSettings } from '../../../../peer/settings.ts';
import type { CatalogId, PeerId } from '../../../../proto/ids.ts';

const idle: HashingState = {
	kind: 'idle',
	hashedCount: 2,
	totalCount: 2,
	bytesPerSecond: 0,
	shareByOffer: {},
};
const nobody: ServingState = {
	viewers: 0,
	uploadBytesPerSecond: 0,
	totalUploadedBytes: 0,
	viewersByEntry: {},
};
const films: FolderState = {
	folderId: 'films' as FolderId,
	name: 'films',
	sharing: 'public',
	addedAtMs: 0,
	access: 'granted',
	scan: { kind: 'idle' },
	itemCount: 2,
	sizeBytes: 4_200_000_000,
};
const calm: PeerSnapshot = {
	identity: { peerId: 'attic' as PeerId, publicKey: '' },
	role: 'leading',
	edge: { kind: 'online', edgeId: 'edge-a' },
	settings: defaultSettings,
	folders: [films],
	libraryVersion: 1,
	probing: { done: 0, total: 0 },
	hashing: idle,
	serving: nobody,
	trouble: [],
};

const watched = 'w'.repeat(26) as CatalogId;
const items = [
	{ catalogId: watched, title: 'Long Way Home' },
	{ catalogId: 'o'.repeat(26), title: 'Old Tape' },
] as LibraryItem[];

const lineOf = (changes: Partial<PeerSnapshot>) =>
	progressLine({ ...calm, ...changes }, items, 10_000);
const told = (changes: Partial<PeerSnapshot>, before = calm) =>
	changesBetween(before, { ...before, ...changes });

describe('progressLine', () => {
	it('says where the peer is and what it shares', () => {
		expect(lineOf({})).toBe('online at edge-a · 2 films, 4.2 GB');
		expect(lineOf({ edge: { kind: 'connecting', attempt: 1 }, folders: [] })).toBe(
			'connecting · 0 films, 0 B',
		);
	});

	it('counts down to the next attempt, and says who refused', () => {
		expect(lineOf({ edge: { kind: 'offline', retryAtMs: 14_200 } })).toContain(
			'offline, trying again in 5 s',
		);
		const refused = { kind: 'offline', retryAtMs: 9_000, refused: 'already-exists' } as const;
		expect(lineOf({ edge: refused })).toContain(
			'offline (refused: already-exists), trying again in 0 s',
		);
	});

	it('shows what goes on', () => {
		const scan = { kind: 'scanning', foundCount: 120, startedAtMs: 0 } as const;
		expect(lineOf({ folders: [films, { ...films, scan }] })).toContain('scanning, 120 found');
		expect(lineOf({ probing: { done: 3, total: 12 } })).toContain('looking into 3 of 12');
		const working = { ...idle, kind: 'working', hashedCount: 1, bytesPerSecond: 45e6 } as const;
		expect(lineOf({ hashing: working })).toContain('hashing 1 of 2, 45.0 MB/s');
		expect(lineOf({ hashing: { ...working, msLeft: 150_000 } })).toContain('3 min left');
		expect(lineOf({ hashing: { ...working, msLeft: 7_200_000 } })).toContain('2 h left');
		expect(lineOf({ hashing: { ...working, msLeft: 12_000 } })).toContain('12 s left');
	});

	it('names what is watched, and how fast it goes', () => {
		const serving = {
			...nobody,
			viewers: 2,
			uploadBytesPerSecond: 3_400_000,
			viewersByEntry: { [watched]: 2 },
		};
		expect(lineOf({ serving })).toContain('2 watching “Long Way Home”, 3.4 MB/s');
	});
});

describe('changesBetween', () => {
	it('keeps quiet while nothing changes', () => {
		expect(told({ libraryVersion: 2, probing: { done: 1, total: 2 } })).toEqual([]);
	});

	it('tells of coming and going at the edge', () => {
		expect(changesBetween(undefined, calm)).toMatchObject([
			{ level: 'info', message: 'online', fields: { edgeId: 'edge-a', peerId: 'attic' } },
		]);
		expect(told({ edge: { kind: 'connecting', attempt: 0 } })).toEqual([]);
		expect(told({ edge: { kind: 'offline', retryAtMs: 0 } })).toMatchObject([
			{ level: 'warn', message: 'the edge cannot be reached; trying again' },
		]);
		const refused = { kind: 'offline', retryAtMs: 0, refused: 'already-exists' } as const;
		expect(told({ edge: refused })).toMatchObject([
			{ message: 'the edge refuses this peer; trying again', fields: { code: 'already-exists' } },
		]);
	});

	it('tells when hashing begins and is done', () => {
		const working = { ...idle, kind: 'working', hashedCount: 1 } as const;
		expect(told({ hashing: working })).toMatchObject([{ message: 'hashing' }]);
		expect(told({ hashing: idle }, { ...calm, hashing: working })).toMatchObject([
			{ message: 'everything shared is hashed', fields: { totalCount: 2 } },
		]);
	});

	it('tells how many watch what, without its name', () => {
		const serving = { ...nobody, viewers: 1, viewersByEntry: { [watched]: 1 } };
		expect(told({ serving })).toEqual([
			{
				level: 'info',
				message: 'viewers',
				fields: { viewers: 1, entries: [watched], totalUploadedBytes: 0 },
			},
		]);
	});

	it('warns once of what does not work', () => {
		const failed = { ...films, scan: { kind: 'failed', reason: 'permission-denied' } } as const;
		const trouble = [{ what: 'library-store', code: 'resource-exhausted' }] as const;
		const lines = told({ folders: [failed], trouble });
		expect(lines.map(({ level, fields }) => [level, fields['code']])).toEqual([
			['warn', 'permission-denied'],
			['warn', 'resource-exhausted'],
		]);
		expect(told({ libraryVersion: 3 }, { ...calm, folders: [failed], trouble })).toEqual([]);
	});
});

describe('byteText', () => {
	it.each([
		[0, '0 B'],
		[999, '999 B'],
		[12_345, '12 kB'],
		[4_250_000, '4.3 MB'],
		[8e15, '8000.0 TB'],
	])('%i is %s', (bytes, text) => {
		expect(byteText(bytes)).toBe(text);
	});
});
