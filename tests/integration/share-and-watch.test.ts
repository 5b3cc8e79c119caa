// "Follow the bytes" of ARCHITECTURE.md, step by step: how a film gets from one laptop to another. The
// product runs as `npm start` runs it; owner and viewer are whole peers on real WebRTC.
import { copyFile, mkdtemp, readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Peer, WatchSource } from '../../peer/peer.ts';
import type { LibraryItem } from '../../peer/library/library-item.ts';
import { CatalogService, type CatalogEntry } from '../../proto/gen/giggityflix/v1/catalog_pb.js';
import { parsePeerId, type CatalogId } from '../../proto/ids.ts';
import { startHousehold, type Household } from '../support/household.ts';
import { testFilm } from '../support/media.ts';
import type { ByteSourceFacts } from '../../peer/transfer/byte-source.ts';
import { createNodePeer, probedFolder } from '../support/node-peer.ts';
import { createMemoryFolderSources } from '../support/peer/memory-folder.ts';
import { createMemoryLibraryStore } from '../support/peer/memory-library-store.ts';
import { readAll } from '../support/transfer/transfer-pair.ts';

const never = new AbortController().signal;
const title = 'A Winter in Lofoten';

let household: Household;
let folder: string;
let filmPath: string;
let owner: Peer;
let viewer: Peer;
const ownerStore = createMemoryLibraryStore();
const ownerFolders = createMemoryFolderSources();
let item: LibraryItem;
let entry: CatalogEntry;
let source: WatchSource | undefined;

beforeAll(async () => {
	household = await startHousehold();
	folder = await mkdtemp(join(tmpdir(), 'films-'));
	filmPath = join(folder, 'A.Winter.in.Lofoten.2016.1080p.mkv');
	await copyFile(await testFilm('mkv'), filmPath);
	owner = createNodePeer(household.url, ownerStore, ownerFolders);
	viewer = createNodePeer(household.url);
	await Promise.all([owner.start(), viewer.start()]);
});

afterAll(async () => {
	source?.close();
	await Promise.all([owner.stop(), viewer.stop()]);
	await household.dispose();
	await rm(folder, { recursive: true, force: true });
});

describe('a film goes from one laptop to another', () => {
	test('1–2: the folder is scanned, and the film is in the library', async () => {
		await owner.addFolder(probedFolder(folder));
		await expect.poll(() => owner.items()).toHaveLength(1);
		item = only(owner.items());
		expect(item).toMatchObject({ title, year: 2016, presence: { kind: 'present' } });
	});

	test('3: what it is and what it looks like is found out', async () => {
		await expect.poll(() => only(owner.items()).poster.kind, { timeout: 15_000 }).toBe('done');
		expect(only(owner.items()).probe).toMatchObject({
			kind: 'done',
			facts: {
				widthPx: 640,
				heightPx: 360,
				mimeType: expect.stringContaining('matroska') as string,
			},
		});
		const poster = await owner.poster(item.offerId);
		expect(
			Buffer.from(poster ?? [])
				.subarray(8, 12)
				.toString(),
		).toBe('WEBP');
	});

	test('4: the edge gives it a catalog id', async () => {
		await expect.poll(() => only(owner.items()).catalogId).toMatch(/^[a-z2-7]{26}$/);
		item = only(owner.items());
	});

	test('5–6: the tracker lists it, with its owner and its poster', async () => {
		await expect.poll(async () => (await search('winter lof')).length).toBe(1);
		await expect.poll(async () => only(await search('winter lof')).posterId).toBeDefined();
		entry = only(await search('lofoten'));
		expect(entry).toMatchObject({ catalogId: item.catalogId, title, year: 2016 });
		const { publicKey } = owner.snapshot().identity ?? {};
		const named = only(entry.owners);
		expect(named).toMatchObject({ displayName: 'Anna', isOnline: true });
		expect(Buffer.from(named.publicKey).toString('base64url')).toBe(publicKey);
		const posterId = Buffer.from(entry.posterId ?? []).toString('hex');
		const response = await fetch(`${household.url}/api/posters/${posterId}`);
		expect(response.headers.get('content-type')).toBe('image/webp');
	});

	test('7–9: the viewer reads it from the owner, byte for byte', async () => {
		await expect.poll(() => viewer.snapshot().edge.kind).toBe('online');
		source = openEntry();
		expect((await readWhole()).equals(await readFile(filmPath))).toBe(true);
		expect(source.connection()).toMatchObject({ kind: 'open', route: 'direct' });
		await expect.poll(() => owner.snapshot().serving.viewers).toBe(1);
	});
});

describe('what happens on the way', () => {
	test('an edge that restarts interrupts nobody, and everybody comes back to it', async () => {
		await household.restart();
		expect((await readWhole()).equals(await readFile(filmPath))).toBe(true);
		await expect.poll(() => owner.snapshot().edge.kind, { timeout: 20_000 }).toBe('online');
		await expect.poll(async () => (await search('lofoten')).length).toBe(1);
		await expect.poll(async () => only(only(await search('lofoten')).owners).isOnline).toBe(true);
	});

	test('an edge that is killed loses nothing it has answered', async () => {
		await household.restart('SIGKILL');
		await expect.poll(() => owner.snapshot().edge.kind, { timeout: 20_000 }).toBe('online');
		expect(only(await search('lofoten'))).toMatchObject({ catalogId: item.catalogId, title });
	});

	test('an owner who reloads keeps the catalog id, and the viewer reads on', async () => {
		await owner.stop();
		owner = createNodePeer(household.url, ownerStore, ownerFolders);
		await owner.start();
		await expect.poll(() => owner.snapshot().edge.kind).toBe('online');
		expect(only(owner.items()).catalogId).toBe(item.catalogId);
		source?.retry();
		expect((await readWhole()).equals(await readFile(filmPath))).toBe(true);
	});

	test('a file that changes is refused as changed, then offered as it is now', async () => {
		await utimes(filmPath, new Date(), new Date(Date.now() + 5000));
		await expect(openAnew()).rejects.toMatchObject({ code: 'corrupt' });
		await owner.rescan();
		await expect.poll(openAnew).toMatchObject({ sizeBytes: (await readFile(filmPath)).length });
		expect(only(owner.items()).catalogId).toBe(item.catalogId);
	});

	test('a film that becomes private is gone for others at once', async () => {
		await owner.setItemSharing(item.offerId, 'private');
		await expect(openAnew()).rejects.toMatchObject({ code: 'not-found' });
		await expect.poll(async () => (await search('lofoten')).length).toBe(0);
	});
});

function openEntry(): WatchSource {
	return viewer.openSource({
		catalogId: entry.catalogId as CatalogId,
		ownerPublicKey: only(entry.owners).publicKey,
		ownerPeerIds: entry.owners.map((each) => parsePeerId(each.peerId)),
	});
}

/** What a viewer who comes now is told. */
async function openAnew(): Promise<ByteSourceFacts> {
	const fresh = openEntry();
	try {
		return await fresh.open(never);
	} finally {
		fresh.close();
	}
}

async function readWhole(): Promise<Buffer> {
	if (source === undefined) throw new Error('nothing was opened to read');
	const { sizeBytes } = await source.open(never);
	return readAll(source.read({ offsetBytes: 0, lengthBytes: sizeBytes }, never));
}

async function search(query: string): Promise<CatalogEntry[]> {
	const transport = createConnectTransport({ baseUrl: household.url, httpVersion: '1.1' });
	return (await createClient(CatalogService, transport).search({ query })).entries;
}

function only<Item>(items: readonly Item[]): Item {
	const [first] = items;
	if (first === undefined || items.length > 1) throw new Error(`${items.length} instead of one`);
	return first;
}
