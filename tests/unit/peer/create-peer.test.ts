import { afterEach, describe, expect, it, vi } from 'vitest';
import { GiggityflixError } from '../../../proto/errors.ts';
import { deriveCatalogId, type CatalogId } from '../../../proto/ids.ts';
import { createPeer, type LeadingPeer } from '../../../peer/create-peer.ts';
import type { PeerDependencies } from '../../../peer/dependencies.ts';
import { createMemoryFolder } from '../../support/peer/memory-folder.ts';
import { createPeerFixture } from '../../support/peer/peer-fixture.ts';

const zeroPhrase = `${'abandon '.repeat(11)}about`;
const otherPhrase =
	'adapt blossom school alcohol coral light army gather adapt blossom school almost';
const running: LeadingPeer[] = [];

afterEach(async () => {
	for (const peer of running.splice(0)) await peer.stop();
});

async function start(deps: PeerDependencies): Promise<LeadingPeer> {
	const peer = createPeer(deps);
	running.push(peer);
	await peer.start();
	return peer;
}

const films = () =>
	createMemoryFolder('Films', {
		'Alien (1979).mkv': 'alien',
		'Alien (1979).en.srt': 'subtitle',
		'notes.txt': 'no film',
	});

describe('createPeer', () => {
	it('takes a folder from the disk to the catalog of the edge', async () => {
		const { deps, clock, edge, transfers } = createPeerFixture();
		const peer = await start(deps);
		await peer.addFolder(films());
		await clock.until(() => peer.items()[0]?.storedPosterId !== undefined);

		const [item] = peer.items();
		expect(peer.items()).toHaveLength(1);
		expect(item).toMatchObject({ title: 'Alien', year: 1979, probe: { kind: 'done' } });
		expect([...edge.catalog().values()]).toMatchObject([{ title: 'Alien', folder: 'Films' }]);
		expect(item?.catalogId).toMatch(/^[a-z2-7]{26}$/);
		expect(edge.posters.get(item!.offerId)).toEqual(await peer.poster(item!.offerId));
		expect(peer.snapshot()).toMatchObject({
			role: 'leading',
			edge: { kind: 'online' },
			folders: [{ name: 'Films', access: 'granted', scan: { kind: 'idle' }, itemCount: 1 }],
			probing: { done: 0, total: 0 },
			trouble: [],
		});
		const offered = await transfers[0]!.options.offeredFiles.open(item!.catalogId!);
		expect(offered).toMatchObject({
			fileName: 'Alien (1979).mkv',
			mimeType: 'video/mp4',
			sideCars: [{ fileName: 'Alien (1979).en.srt', language: 'en', sizeBytes: 8 }],
		});
	});

	it('shows the library at once after a reload, with the edge out of reach', async () => {
		const { deps, clock, edge } = createPeerFixture();
		const before = await start(deps);
		await before.addFolder(films());
		await clock.until(() => before.items()[0]?.storedPosterId !== undefined);
		const items = before.items();
		running.length = 0;
		await before.stop();

		edge.setUnreachable(new GiggityflixError('unavailable', 'down'));
		const peer = await start(deps);
		expect(peer.items()).toEqual(items);
		expect(peer.snapshot().identity).toEqual(before.snapshot().identity);
		const source = peer.openSource({ catalogId: items[0]!.catalogId!, ownerPeerIds: [] });
		await expect(source.open(new AbortController().signal)).resolves.toMatchObject({
			sizeBytes: 5,
		});
		expect(source.connection()).toEqual({ kind: 'local' });
	});

	it('changes its snapshot only when something changes, and tells so at most every 100 ms', async () => {
		const { deps, clock } = createPeerFixture();
		const peer = await start(deps);
		await clock.advance(1_000);
		expect(peer.snapshot()).toBe(peer.snapshot());
		const told: number[] = [];
		peer.subscribe(() => told.push(clock.monotonicMs()));
		await peer.addFolder(films());
		await clock.advance(3_000);
		const gaps = told.slice(1).map((timeMs, index) => timeMs - told[index]!);
		expect(told.length).toBeGreaterThan(1);
		expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
	});

	it('plays a private film for its owner and keeps it from everybody else', async () => {
		const { deps, clock, transfers, edge } = createPeerFixture();
		const peer = await start(deps);
		await peer.addFolder(films(), 'private');
		await clock.until(() => peer.items()[0]?.probe.kind === 'done');
		await clock.advance(2_000);
		expect(edge.catalog().size).toBe(0);
		const [item] = peer.items();
		const catalogId = deriveCatalogId(peer.snapshot().identity!.peerId, item!.offerId);
		const source = peer.openSource({ catalogId, ownerPeerIds: [] });
		await expect(source.open(new AbortController().signal)).resolves.toBeDefined();
		await expect(transfers[0]!.options.offeredFiles.open(catalogId)).rejects.toMatchObject({
			code: 'not-found',
		});
	});

	it('says why an own film cannot be played, and plays it again when it can', async () => {
		const { deps, clock } = createPeerFixture();
		const folder = films();
		const peer = await start(deps);
		const folderId = await peer.addFolder(folder);
		await clock.until(() => peer.items()[0]?.catalogId !== undefined);
		const source = peer.openSource({
			catalogId: peer.items()[0]!.catalogId!,
			ownerPeerIds: [],
		});
		const { signal } = new AbortController();
		folder.setAccess('needs-permission');
		await peer.rescan(folderId);
		await expect(source.open(signal)).rejects.toMatchObject({ code: 'permission-denied' });
		expect(source.connection()).toEqual({ kind: 'failed', reason: 'permission-denied' });
		folder.setAccess('granted');
		await peer.reconnectFolder(folderId);
		source.retry();
		await expect(source.open(signal)).resolves.toBeDefined();
		folder.write('Alien (1979).mkv', 'another cut');
		await expect(source.open(signal)).rejects.toMatchObject({ code: 'corrupt' });
		// The failed read has made the peer look at the disk.
		await clock.until(() => peer.items()[0]?.sizeBytes === 'another cut'.length);
		await expect(source.open(signal)).resolves.toMatchObject({ sizeBytes: 11 });
	});

	it('offers the new version once a viewer has met the change', async () => {
		const { deps, clock, transfers } = createPeerFixture();
		const folder = films();
		const peer = await start(deps);
		await peer.addFolder(folder);
		await clock.until(() => peer.items()[0]?.catalogId !== undefined);
		const { catalogId } = peer.items()[0]!;
		const { offeredFiles } = transfers[0]!.options;
		const { film } = await offeredFiles.open(catalogId!);

		folder.write('Alien (1979).mkv', 'another cut');
		await expect(film.read(0, 1)).rejects.toMatchObject({ code: 'corrupt' });
		await clock.until(() => peer.items()[0]?.sizeBytes === 'another cut'.length);
		const { film: newFilm } = await offeredFiles.open(catalogId!);
		expect(newFilm.sizeBytes).toBe(11);
	});

	it('reads films of others through transfers', async () => {
		const { deps, transfers } = createPeerFixture();
		const peer = await start(deps);
		const target = { catalogId: 'a'.repeat(26) as CatalogId, ownerPeerIds: [] };
		peer.openSource(target);
		expect(transfers[0]!.remoteTargets).toEqual([target]);
	});

	it('takes an item out until its file changes', async () => {
		const { deps, clock, edge, store } = createPeerFixture();
		const folder = films();
		const peer = await start(deps);
		await peer.addFolder(folder);
		await clock.until(() => edge.catalog().size === 1);
		const [item] = peer.items();
		await peer.removeItem(item!.offerId);
		expect(peer.items()).toEqual([]);
		expect(await store.loadItems()).toMatchObject([{ removedAtMs: clock.now() }]);
		await peer.rescan();
		await clock.until(() => edge.catalog().size === 0);
		expect(peer.items()).toEqual([]);
		folder.write('Alien (1979).mkv', 'another cut');
		await peer.rescan();
		expect(peer.items()).toMatchObject([{ offerId: item?.offerId }]);
		await expect(peer.removeItem('x' as never)).rejects.toMatchObject({ code: 'not-found' });
	});

	it('removes a folder with everything of it', async () => {
		const { deps, clock, edge, store, sources } = createPeerFixture();
		const peer = await start(deps);
		const folderId = await peer.addFolder(films());
		await clock.until(() => edge.catalog().size === 1);
		await peer.removeFolder(folderId);
		await clock.advance(2_000);
		expect([peer.items().length, peer.snapshot().folders.length]).toEqual([0, 0]);
		expect([edge.catalog().size, sources.kept.size]).toEqual([0, 0]);
		expect([await store.loadItems(), await store.loadFolders()]).toEqual([[], []]);
	});

	it('becomes the peer of another phrase and announces everything anew', async () => {
		const { deps, clock, edge } = createPeerFixture();
		const peer = await start(deps);
		await peer.addFolder(films());
		await clock.until(() => peer.items()[0]?.storedPosterId !== undefined);
		const before = { item: peer.items()[0], peerId: peer.snapshot().identity?.peerId };
		await expect(peer.restorePhrase('no phrase')).rejects.toMatchObject({
			code: 'invalid-argument',
		});
		await peer.restorePhrase(` ${zeroPhrase.toUpperCase()} `);
		await expect(peer.revealPhrase()).resolves.toBe(zeroPhrase);
		await clock.until(() => peer.items()[0]?.storedPosterId !== undefined);
		expect(peer.snapshot().identity?.peerId).toBe('gfonwbixdbkb2rkt3plfpcshb5tvw2uagc');
		expect(edge.catalog().size).toBe(1);
		expect(peer.items()[0]?.offerId).toBe(before.item?.offerId);
		expect(peer.items()[0]?.catalogId).not.toBe(before.item?.catalogId);
		expect(peer.items()[0]?.aliasCatalogIds).toBeUndefined();
	});

	it('gives a film its link again in another browser with the same words and folder', async () => {
		const linkAt = async (words: string) => {
			const { deps, clock } = createPeerFixture();
			const peer = await start(deps);
			await peer.restorePhrase(words);
			await peer.addFolder(films());
			await clock.until(() => peer.items()[0]?.catalogId !== undefined);
			return peer.items()[0]?.catalogId;
		};
		const link = await linkAt(zeroPhrase);
		expect(await linkAt(zeroPhrase)).toBe(link);
		expect(await linkAt(otherPhrase)).not.toBe(link);
	});

	it('leaves a film its link that was renamed, also when another one takes its place', async () => {
		const { deps, clock } = createPeerFixture();
		const folder = films();
		const peer = await start(deps);
		await peer.addFolder(folder);
		await clock.until(() => peer.items()[0]?.catalogId !== undefined);
		const [alien] = peer.items();
		folder.move('Alien (1979).mkv', 'Alien.mkv');
		await peer.rescan();
		folder.write('Alien (1979).mkv', 'other');
		await peer.rescan();
		const offerIds = new Map(peer.items().map(({ path, offerId }) => [path, offerId]));
		expect(offerIds.get('Alien.mkv')).toBe(alien?.offerId);
		expect(offerIds.get('Alien (1979).mkv')).toMatch(/^[a-z2-7]{26}$/);
		expect(offerIds.get('Alien (1979).mkv')).not.toBe(alien?.offerId);
	});

	it('looks for changes by itself, as often as the settings say', async () => {
		const { deps, clock } = createPeerFixture();
		const folder = films();
		const peer = await start(deps);
		await peer.addFolder(folder);
		await clock.advance(1_000);
		await peer.updateSettings({ scanIntervalMinutes: 2 });
		folder.write('Brazil.mkv', 'brazil');
		await clock.advance(2 * 60_000 - 1);
		expect(peer.items()).toHaveLength(1);
		await clock.advance(1_000);
		expect(peer.items()).toHaveLength(2);
		await peer.updateSettings({ scanIntervalMinutes: 0 });
		folder.write('Contact.mkv', 'contact');
		await clock.advance(10 * 60_000);
		expect(peer.items()).toHaveLength(2);
		await peer.updateSettings({ includeExtensions: ['TXT', '.mkv'] });
		await clock.advance(100);
		expect(peer.items().map(({ path }) => path)).toContain('notes.txt');
	});

	it('keeps working when the database fails, says so, and writes later', async () => {
		const { deps, clock, store } = createPeerFixture();
		const peer = await start(deps);
		store.failWith(new GiggityflixError('resource-exhausted', 'quota'));
		await peer.addFolder(films());
		await clock.until(() => peer.items().length === 1);
		await clock.advance(1_000);
		expect(peer.snapshot().trouble).toEqual([
			{ what: 'library-store', code: 'resource-exhausted' },
		]);
		store.failWith(undefined);
		await clock.advance(10_000);
		expect(peer.snapshot().trouble).toEqual([]);
		expect(await store.loadItems()).toEqual(peer.items());
		expect(await store.loadFolders()).toHaveLength(1);
	});

	it('shows why a scan failed', async () => {
		const { deps, clock } = createPeerFixture();
		const folder = films();
		const peer = await start(deps);
		vi.spyOn(folder, 'list').mockImplementation(() => {
			throw new GiggityflixError('not-found', 'the disk is gone');
		});
		await peer.addFolder(folder);
		await clock.advance(200);
		expect(peer.snapshot().folders[0]?.scan).toEqual({ kind: 'failed', reason: 'not-found' });
	});
});
