// Hashing behind the scenes, through a whole peer: what is hashed when, what is not, and what is told.
import { afterEach, describe, expect, it } from 'vitest';
import { createPeer, type LeadingPeer } from '../../../../peer/create-peer.ts';
import { piecesIdOf } from '../../../../peer/hashing/info-dictionary.ts';
import type { FolderId, LibraryItem } from '../../../../peer/library/library-item.ts';
import { infoHashOf } from '../../../../peer/torrent/info-hash.ts';
import type { MediaId } from '../../../../proto/ids.ts';
import { leastCpuMs } from '../../../support/peer/cpu-time.ts';
import { handHasher, mediaIdOf, quickHasher } from '../../../support/peer/marking-hashers.ts';
import { createMemoryFolder } from '../../../support/peer/memory-folder.ts';
import { createPeerFixture } from '../../../support/peer/peer-fixture.ts';
import { offerIdOf } from '../../../support/tracker-world.ts';
import { demoItem } from '../../../support/web/demo-peer.ts';

const running: LeadingPeer[] = [];

afterEach(async () => {
	for (const peer of running.splice(0)) await peer.stop();
});

async function start(overrides: Parameters<typeof createPeerFixture>[0]) {
	const fixture = createPeerFixture(overrides);
	const peer = createPeer(fixture.deps);
	running.push(peer);
	await peer.start();
	const isAllHashed = () =>
		peer.snapshot().hashing.kind === 'idle' && peer.items().every((item) => item.torrent);
	const named = (title: string) => peer.items().find((item) => item.title === title)!;
	return { ...fixture, peer, isAllHashed, named };
}

describe('hashing', () => {
	it('gives every shared film its media id and torrent, and tells the edge', async () => {
		const { hasher } = quickHasher();
		const { peer, clock, edge, store, isAllHashed } = await start({ hasher });
		await peer.addFolder(
			createMemoryFolder('Films', { 'Shows/Alien.mkv': 'alien', 'b.mkv': 'brazil' }),
		);
		await clock.until(() => peer.items().length === 2 && isAllHashed());
		const alien = peer.items().find(({ path }) => path === 'Shows/Alien.mkv')!;
		expect(alien.mediaId).toBe(mediaIdOf('alien'));
		const stored = await store.loadInfoDictionary(alien.offerId);
		expect(new TextDecoder().decode(stored)).toMatch(
			/^d6:lengthi5e4:name9:Alien\.mkv12:piece lengthi262144e6:pieces20:a{20}e$/,
		);
		const content = { sizeBytes: 5, pieceLengthBytes: 262_144 };
		const pieces = new Uint8Array(20).fill(0x61);
		expect(alien.torrent).toEqual({
			infoHash: infoHashOf(stored!),
			pieceLengthBytes: 262_144,
			piecesId: piecesIdOf({ ...content, pieces }),
			infoDictionaryBytes: stored!.length,
		});
		await clock.until(() =>
			[...edge.catalog().values()].every(
				({ mediaId, piecesId }) => mediaId?.length === 32 && piecesId?.length === 32,
			),
		);
		expect(peer.snapshot().hashing).toMatchObject({ hashedCount: 2, totalCount: 2 });
	});

	it('leaves private films alone until they are shared', async () => {
		const { hasher, texts } = quickHasher();
		const { peer, clock, isAllHashed } = await start({ hasher });
		const folderId = await peer.addFolder(createMemoryFolder('Films', { 'a.mkv': 'a' }), 'private');
		await clock.advance(1_000);
		expect(texts).toEqual([]);
		expect(peer.snapshot().hashing).toMatchObject({ kind: 'idle', totalCount: 0 });
		await peer.setFolderSharing(folderId, 'link-only');
		await clock.until(isAllHashed);
		expect(texts).toEqual(['a']);
	});

	it('hashes as many files at once as there are workers, in the order somebody needs them', async () => {
		const { hasher, begun, texts } = handHasher(2);
		const { peer, clock, named } = await start({ hasher });
		await peer.addFolder(
			createMemoryFolder('Old', { 'a.mkv': 'a', 'b.mkv': 'b', 'c.mkv': 'c', 'd.mkv': 'd' }),
		);
		await clock.until(() => begun.length === 2);
		await clock.advance(1_000);
		expect(texts()).toEqual(['a', 'b']);
		await peer.addFolder(createMemoryFolder('New', { 'n.mkv': 'n' }));
		await peer.preferHashing([named('d').offerId]);
		await clock.advance(1_000);
		begun[0]!.finish();
		await clock.until(() => begun.length === 3);
		begun[1]!.finish();
		await clock.until(() => begun.length === 4);
		expect(texts().slice(2)).toEqual(['d', 'n']);
	});

	it('shows how far it is, how fast, and how long it still takes', async () => {
		const { hasher, begun } = handHasher();
		const { peer, clock } = await start({ hasher });
		await peer.addFolder(
			createMemoryFolder('Films', { 'a.mkv': 'a'.repeat(4_000), 'b.mkv': 'b'.repeat(4_000) }),
		);
		await clock.until(() => begun.length === 1);
		begun[0]!.progress(0.25);
		await clock.advance(1_000);
		const { shareByOffer, ...hashing } = peer.snapshot().hashing;
		expect(Object.values(shareByOffer)).toEqual([0.25]);
		expect(hashing).toMatchObject({ kind: 'working', hashedCount: 0, totalCount: 2 });
		expect(hashing.bytesPerSecond).toBeGreaterThan(500);
		expect(hashing.msLeft).toBeCloseTo((7_000 / hashing.bytesPerSecond) * 1_000, 0);
	});

	it('waits for pictures, and gives way to those who watch', async () => {
		const { hasher, begun } = handHasher(4);
		let mayProbe = (): void => undefined;
		const probing = new Promise<void>((resolve) => (mayProbe = resolve));
		const { peer, clock, transfers } = await start({
			hasher,
			mediaProbe: {
				probe: () =>
					probing.then(() => ({ mimeType: 'video/mp4', videoCodec: '', audioCodec: '' })),
			},
		});
		await peer.addFolder(createMemoryFolder('Films', { 'a.mkv': 'a', 'b.mkv': 'b', 'c.mkv': 'c' }));
		await clock.advance(1_000);
		expect(begun).toHaveLength(0);
		const { catalogId } = peer.items().find(({ path }) => path === 'c.mkv')!;
		transfers[0]!.serve({ [catalogId!]: 1 });
		mayProbe();
		await clock.until(() => begun.length > 0);
		await clock.advance(1_000);
		expect(begun.map(({ text }) => text)).toEqual(['c']);
		transfers[0]!.serve({});
		await clock.until(() => begun.length === 3);
	});

	it('rests while a viewer waits for a picture, and goes on however often people jump', async () => {
		const { hasher, begun, rests } = handHasher();
		const { peer, clock, transfers } = await start({ hasher });
		await peer.addFolder(createMemoryFolder('Films', { 'a.mkv': 'a', 'b.mkv': 'b', 'c.mkv': 'c' }));
		await clock.until(() => begun.length === 1);
		transfers[0]!.waitForPicture();
		// The file in progress rests in its worker; the next one is not begun.
		expect(rests).toEqual([1]);
		begun[0]!.finish();
		await clock.advance(1_400);
		expect(begun).toHaveLength(1);
		await clock.advance(200);
		expect(begun).toHaveLength(2);
		begun[1]!.finish();
		for (let jump = 0; jump < 20; jump += 1) {
			transfers[0]!.waitForPicture();
			await clock.advance(100);
		}
		expect(begun).toHaveLength(3);
	});

	it('is paused and resumed, and stays paused over a reload', async () => {
		const { hasher, begun } = handHasher();
		const { peer, clock, deps } = await start({ hasher });
		await peer.addFolder(createMemoryFolder('Films', { 'a.mkv': 'a', 'b.mkv': 'b' }));
		await clock.until(() => begun.length === 1);
		begun[0]!.finish();
		await clock.until(() => begun.length === 2);
		await peer.updateSettings({ isHashingPaused: true });
		await clock.until(() => begun[1]!.signal.aborted);
		expect(peer.snapshot().hashing).toMatchObject({
			kind: 'paused',
			hashedCount: 1,
			totalCount: 2,
		});
		running.length = 0;
		await peer.stop();

		const reloaded = createPeer(deps);
		running.push(reloaded);
		await reloaded.start();
		await clock.advance(5_000);
		expect(begun).toHaveLength(2);
		expect(reloaded.snapshot().hashing).toMatchObject({ kind: 'paused', hashedCount: 1 });
		await reloaded.updateSettings({ isHashingPaused: false });
		await clock.until(() => begun.length === 3);
		expect(begun[2]!.text).toBe('b');
	});

	it('hashes a changed file again and an unchanged or moved one never', async () => {
		const { hasher, texts } = quickHasher();
		const { peer, clock, deps, isAllHashed } = await start({ hasher });
		const folder = createMemoryFolder('Films', { 'a.mkv': 'a', 'b.mkv': 'bb' });
		await peer.addFolder(folder);
		await clock.until(() => peer.items().length === 2 && isAllHashed());
		await peer.rescan();
		folder.write('a.mkv', 'another');
		await peer.rescan();
		await clock.until(isAllHashed);
		await clock.advance(1_000);
		expect(texts.sort()).toEqual(['a', 'another', 'bb']);
		running.length = 0;
		await peer.stop();
		const reloaded = createPeer(deps);
		running.push(reloaded);
		await reloaded.start();
		await clock.advance(5_000);
		expect(texts).toHaveLength(3);
	});

	it('keeps nothing of a file that changed while it was hashed', async () => {
		const { hasher, begun } = handHasher();
		const { peer, clock } = await start({ hasher });
		const folder = createMemoryFolder('Films', { 'a.mkv': 'a' });
		await peer.addFolder(folder);
		await clock.until(() => begun.length === 1);
		folder.write('a.mkv', 'another cut');
		begun[0]!.finish();
		await clock.advance(1_000);
		expect(peer.items()[0]?.mediaId).toBeUndefined();
		expect(begun).toHaveLength(1);
		await peer.rescan();
		await clock.until(() => begun.length === 2);
		begun[1]!.finish();
		await clock.until(() => peer.items()[0]?.mediaId === mediaIdOf('another cut'));
	});

	it('ends the work on a file that is taken out, and frees its worker', async () => {
		const { hasher, begun } = handHasher();
		const { peer, clock, named } = await start({ hasher });
		await peer.addFolder(createMemoryFolder('Films', { 'a.mkv': 'a', 'b.mkv': 'b' }));
		await clock.until(() => begun.length === 1);
		await peer.removeItem(named('a').offerId);
		await clock.until(() => begun.length === 2);
		expect(begun[0]!.signal.aborted).toBe(true);
	});

	it('tries again after the next scan what could not be read', async () => {
		const { hasher, begun } = handHasher();
		const { peer, clock } = await start({ hasher });
		await peer.addFolder(createMemoryFolder('Films', { 'a.mkv': 'a' }));
		await clock.until(() => begun.length === 1);
		begun[0]!.fail(new Error('the disk did not answer'));
		await clock.advance(5_000);
		expect(begun).toHaveLength(1);
		await peer.rescan();
		await clock.until(() => begun.length === 2);
	});

	it('looks at unchanged files in less than a millisecond each', async () => {
		const fileCount = 10_000;
		const { hasher, texts } = quickHasher();
		const fixture = createPeerFixture({ hasher });
		const folderId = 'folder' as FolderId;
		const folder = createMemoryFolder('Films');
		await fixture.sources.put(folderId, folder);
		await fixture.store.saveFolder({ folderId, name: 'Films', sharing: 'public', addedAtMs: 1 });
		const saved = Array.from({ length: fileCount }, (_, number): LibraryItem => {
			folder.write(`${number}.mkv`, `${number}`, 1_000);
			return {
				...demoItem(`Film ${number}`),
				...{ offerId: offerIdOf(number), folderId, path: `${number}.mkv` },
				...{ sizeBytes: String(number).length, modifiedAtMs: 1_000 },
				...{ poster: { kind: 'done', posterId: 'cc' }, storedPosterId: 'cc' },
				mediaId: 'a'.repeat(64) as MediaId,
				torrent: {
					infoHash: 'b'.repeat(40),
					pieceLengthBytes: 262_144,
					piecesId: 'c'.repeat(64),
					infoDictionaryBytes: 100,
				},
			};
		});
		await fixture.store.changeItems({ saved, deletedOfferIds: [] });
		const peer = createPeer(fixture.deps);
		running.push(peer);
		await peer.start();
		await fixture.clock.until(() => peer.snapshot().folders[0]?.scan.kind === 'idle');
		const spentMs = await leastCpuMs(async () => {
			await peer.rescan();
			await fixture.clock.advance(50);
		});
		expect(spentMs / fileCount).toBeLessThan(1);
		expect(peer.snapshot().hashing).toMatchObject({ kind: 'idle', hashedCount: fileCount });
		expect(texts).toHaveLength(0);
	}, 60_000);
});
