// Whom a film is asked of while it is watched: one of several owners, an owner of a merged entry, others while its owner
// is away.
import { create } from '@bufbuild/protobuf';
import { describe, expect, it, vi } from 'vitest';
import { TorrentSchema } from '../../../../proto/gen/giggityflix/v1/media_pb.js';
import type { CatalogId, PeerId } from '../../../../proto/ids.ts';
import { demoEntry } from '../../../support/web/demo-catalog.ts';
import {
	catalogId,
	createWatchWorld,
	openConnection,
	ownerId,
	ownerKey,
	watchedEntry,
} from '../../../support/web/watch-world.ts';

describe('an entry of several owners', () => {
	const ben = { ...watchedEntry.owners[0]!, peerId: 'ben', publicKey: new Uint8Array(33).fill(3) };
	const shared = {
		...watchedEntry,
		owners: [...watchedEntry.owners, ben],
		piecesId: new Uint8Array(32).fill(7),
	};
	const others = { catalogId, piecesId: '07'.repeat(32) };

	it('adds the others to the owner of the link, without interrupting', async () => {
		const { watch, peer } = createWatchWorld({ entries: [shared] });
		watch.start();
		await vi.waitFor(() => expect(peer.sources[0]?.learned).toHaveLength(1));
		expect(peer.sources[0]?.learned[0]).toMatchObject({ ...others, peerIds: ['ben'] });
		expect(peer.sources).toHaveLength(1);
	});

	it('believes none of them when the link names nobody', async () => {
		const { watch, peer } = createWatchWorld({ entries: [shared], hasKey: false });
		watch.start();
		await vi.waitFor(() => expect(peer.sources).toHaveLength(1));
		expect(peer.sources[0]?.target).toMatchObject({
			ownerPeerIds: [],
			others: { ...others, peerIds: [ownerId, 'ben'] },
		});
	});

	it('tells the edge once of an owner that was found out', async () => {
		const { watch, peer, catalog } = createWatchWorld({ entries: [shared] });
		watch.start();
		await vi.waitFor(() => expect(watch.entry).toBeDefined());
		const from = { kind: 'owner', peerId: 'ben' as PeerId } as const;
		peer.sources[0]?.send([{ from, totalBytes: 9, bytesPerSecond: 0, state: 'dropped' }]);
		peer.sources[0]?.connect({ kind: 'lost', reason: 'unavailable', retryAtMs: 9 });
		await vi.waitFor(() => expect(catalog.reports).toMatchObject([{ catalogId, peerId: 'ben' }]));
		expect(watch.shares).toHaveLength(1);
	});
});

describe('an entry that was merged with another', () => {
	const merged = { ...watchedEntry, catalogId: 'm'.repeat(26) };

	it('is asked for by its own id, and both ids are listened to', async () => {
		const { watch, peer, catalog } = createWatchWorld({ hasKey: false });
		catalog.lead(catalogId, merged);
		watch.start();
		await vi.waitFor(() => expect(peer.sources[0]?.target.catalogId).toBe(merged.catalogId));
		const changes = [
			{ catalogId: merged.catalogId as CatalogId, availablePeers: 1, removed: false },
		];
		peer.sources[0]?.connect({ kind: 'lost', reason: 'unavailable', retryAtMs: 9 });
		peer.emit({ kind: 'changed', changes, truncated: false });
		expect(peer.sources[0]?.retries).toBe(1);
	});

	it('does not interrupt a film that comes from one of its owners', async () => {
		const { watch, peer, catalog } = createWatchWorld({ hasKey: false });
		watch.start();
		await vi.waitFor(() => expect(peer.sources).toHaveLength(1));
		peer.sources[0]?.connect(openConnection);
		const [owner] = watchedEntry.owners;
		const other = { ...owner!, peerId: 'nas' };
		catalog.lead(catalogId, { ...merged, owners: [owner!, other] });
		peer.emit({ kind: 'changed', changes: [], truncated: true });
		await vi.waitFor(() => expect(watch.entry?.owners).toHaveLength(2));
		expect(peer.sources).toHaveLength(1);
	});
});

describe('an owner who is away', () => {
	it('is asked for subtitles on coming back to a film that others know', async () => {
		const { watch, peer } = createWatchWorld();
		watch.start();
		const [source] = peer.sources;
		source?.connect({ ...openConnection, route: 'swarm' });
		await vi.waitFor(() => expect(watch.facts?.sideCars).toEqual([]));
		const sideCars = [{ index: 1, fileName: 'film.en.srt', language: 'en', sizeBytes: 100 }];
		source?.describe({ sideCars });
		source?.connect(openConnection);
		await vi.waitFor(() => expect(watch.facts?.sideCars).toEqual(sideCars));
	});

	it('is known from the catalog, and can be waited for', async () => {
		const away = demoEntry('Harbour Lights', {
			publicKey: ownerKey,
			peerId: ownerId,
			isOnline: false,
		});
		const { watch, catalog } = createWatchWorld({ entries: [away] });
		watch.start();
		await vi.waitFor(() => expect(watch.situation).toBe('owner-away'));
		expect(watch.owner).toBe('Anna');
		await watch.subscribe();
		expect(watch.situation).toBe('will-tell');
		expect(catalog.subscribers[0]?.get('session_token')).toBe('token');
	});

	const infoHash = '07'.repeat(20);
	const hashed = {
		piecesId: new Uint8Array(32).fill(7),
		torrent: create(TorrentSchema, {
			infoHash: new Uint8Array(20).fill(7),
			name: 'Harbour Lights.mp4',
		}),
	};

	it('is not waited for when others may have the film', async () => {
		const away = demoEntry('Harbour Lights', {
			publicKey: ownerKey,
			peerId: ownerId,
			isOnline: false,
		});
		const { watch, peer } = createWatchWorld({ entries: [{ ...away, ...hashed }] });
		watch.start();
		await vi.waitFor(() => expect(watch.situation).toBe('asking-others'));
		expect(peer.sources[0]?.startedAlone).toEqual([{ infoHash, name: 'Harbour Lights.mp4' }]);
		expect(peer.sources[0]?.learned).toHaveLength(1);
	});

	it('may have left without the catalog knowing it', async () => {
		const { watch, peer } = createWatchWorld({ entries: [{ ...watchedEntry, ...hashed }] });
		watch.start();
		await vi.waitFor(() => expect(watch.entry).toBeDefined());
		expect(peer.sources[0]?.startedAlone).toEqual([]);
		peer.sources[0]?.connect({ kind: 'lost', reason: 'unavailable', retryAtMs: 0 });
		expect(peer.sources[0]?.startedAlone).toHaveLength(1);
	});

	it.each([
		['is not in the catalog’s entry', { publicKey: new Uint8Array(33).fill(3) }, hashed],
		['has not hashed the film', { publicKey: ownerKey, peerId: ownerId, isOnline: false }, {}],
	])('whose key %s is not replaced', async (_who, owner, torrent) => {
		const { watch, peer } = createWatchWorld({
			entries: [{ ...demoEntry('Harbour Lights', owner), ...torrent }],
		});
		watch.start();
		await vi.waitFor(() => expect(watch.entry).toBeDefined());
		peer.sources[0]?.connect({ kind: 'lost', reason: 'unavailable', retryAtMs: 0 });
		expect(peer.sources[0]?.startedAlone).toEqual([]);
	});

	it('cannot be waited for without a session', async () => {
		const { watch, peer } = createWatchWorld();
		peer.change({ edge: { kind: 'offline', retryAtMs: 0 } });
		await expect(watch.subscribe()).rejects.toMatchObject({ code: 'unavailable' });
	});
});
