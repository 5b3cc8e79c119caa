// A film from its link to its end: when the source is opened, with whom, and what the page is told.
import { create } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { describe, expect, it, vi } from 'vitest';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { TorrentSchema } from '../../../../proto/gen/giggityflix/v1/media_pb.js';
import { derivePeerId, type CatalogId, type PeerId } from '../../../../proto/ids.ts';
import { PeerState } from '../../../../web/lib/state/peer-state.svelte.ts';
import { WatchState } from '../../../../web/lib/state/watch-state.svelte.ts';
import { createDemoCatalog, demoEntry } from '../../../support/web/demo-catalog.ts';
import { createDemoPeer, demoItem } from '../../../support/web/demo-peer.ts';

const key = new Uint8Array(33).fill(2);
const derived = derivePeerId(key);
const entry = demoEntry('Harbour Lights', { publicKey: key, peerId: derived });
const catalogId = entry.catalogId as CatalogId;

function world(options: { entries?: ReturnType<typeof demoEntry>[]; withKey?: boolean } = {}) {
	const { entries = [entry], withKey = true } = options;
	const catalog = createDemoCatalog(entries);
	const peer = createDemoPeer();
	const released: string[] = [];
	let urlCount = 0;
	const streams = {
		urlFor: async () => `/stream/${(urlCount += 1)}`,
		save: () => undefined,
		release: (url: string) => void released.push(url),
	};
	const peerState = new PeerState(peer);
	const watch = new WatchState({
		peer,
		peerState,
		catalog: catalog.client,
		streams,
		sources: { open: peer.openSource },
		catalogId,
		ownerPublicKey: withKey ? key : undefined,
	});
	return { catalog, peer, watch, released, streams };
}

const open = { kind: 'open', route: 'direct', downloadBytesPerSecond: 0, totalBytes: 1 } as const;

describe('opening', () => {
	it('does not wait for the catalog when the link has a key', async () => {
		const { watch, peer } = world();
		watch.start();
		expect(peer.sources[0]?.target).toEqual({
			catalogId,
			ownerPublicKey: key,
			ownerPeerIds: [derived],
		});
		await vi.waitFor(() => expect(watch.streamUrl).toBe('/stream/1'));
		await vi.waitFor(() => expect(watch.title).toBe('Harbour Lights'));
		expect(peer.sources).toHaveLength(1);
	});

	it('waits for the catalog when it has none', async () => {
		const { watch, peer } = world({ withKey: false });
		watch.start();
		expect(peer.sources).toHaveLength(0);
		await vi.waitFor(() => expect(peer.sources[0]?.target.ownerPeerIds).toEqual([derived]));
	});

	it('asks the owner by the name it has chosen', async () => {
		const chosen = demoEntry('Harbour Lights', { publicKey: key, peerId: 'nas' });
		const { watch, peer } = world({ entries: [chosen] });
		watch.start();
		await vi.waitFor(() => expect(peer.sources).toHaveLength(2));
		expect(peer.sources[0]?.isClosed).toBe(true);
		expect(peer.sources[1]?.target).toMatchObject({ ownerPublicKey: key, ownerPeerIds: ['nas'] });
	});

	it('never asks somebody whose key is not that of the link', async () => {
		const stranger = demoEntry('Harbour Lights', {
			publicKey: new Uint8Array(33).fill(3),
			peerId: 'stranger',
		});
		const { watch, peer } = world({ entries: [stranger] });
		watch.start();
		await vi.waitFor(() => expect(watch.entry).toBeDefined());
		expect(peer.sources.map((source) => source.target.ownerPeerIds)).toEqual([[derived]]);
		expect(watch.situation).toBe('wrong-key');
	});

	it('takes a film of this device from its disk, once the library is loaded', () => {
		const { watch, peer } = world();
		watch.start();
		peer.setItems([demoItem('Harbour Lights', { catalogId })]);
		watch.libraryIsLoaded();
		expect(peer.sources).toHaveLength(2);
		expect(peer.sources[0]?.isClosed).toBe(true);
		peer.sources[1]?.connect({ kind: 'local' });
		watch.libraryIsLoaded();
		expect(peer.sources).toHaveLength(2);
	});
});

describe('an entry of several owners', () => {
	const ben = { ...entry.owners[0]!, peerId: 'ben', publicKey: new Uint8Array(33).fill(3) };
	const shared = {
		...entry,
		owners: [...entry.owners, ben],
		piecesId: new Uint8Array(32).fill(7),
	};
	const others = { catalogId, piecesId: '07'.repeat(32) };

	it('adds the others to the owner of the link, without interrupting', async () => {
		const { watch, peer } = world({ entries: [shared] });
		watch.start();
		await vi.waitFor(() => expect(peer.sources[0]?.learned).toHaveLength(1));
		expect(peer.sources[0]?.learned[0]).toMatchObject({ ...others, peerIds: ['ben'] });
		expect(peer.sources).toHaveLength(1);
	});

	it('believes none of them when the link names nobody', async () => {
		const { watch, peer } = world({ entries: [shared], withKey: false });
		watch.start();
		await vi.waitFor(() => expect(peer.sources).toHaveLength(1));
		expect(peer.sources[0]?.target).toMatchObject({
			ownerPeerIds: [],
			others: { ...others, peerIds: [derived, 'ben'] },
		});
	});

	it('tells the edge once of an owner that was found out', async () => {
		const { watch, peer, catalog } = world({ entries: [shared] });
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
	const merged = { ...entry, catalogId: 'm'.repeat(26) };

	it('is asked for by its own id, and both ids are listened to', async () => {
		const { watch, peer, catalog } = world({ withKey: false });
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
		const { watch, peer, catalog } = world({ withKey: false });
		watch.start();
		await vi.waitFor(() => expect(peer.sources).toHaveLength(1));
		peer.sources[0]?.connect(open);
		const [owner] = entry.owners;
		const other = { ...owner!, peerId: 'nas' };
		catalog.lead(catalogId, { ...merged, owners: [owner!, other] });
		peer.emit({ kind: 'changed', changes: [], truncated: true });
		await vi.waitFor(() => expect(watch.entry?.owners).toHaveLength(2));
		expect(peer.sources).toHaveLength(1);
	});
});

describe('while it plays', () => {
	it('says what stands in the way', async () => {
		const { watch, peer } = world();
		watch.start();
		expect(watch.situation).toBe('connecting');
		peer.sources[0]?.connect(open);
		expect(watch.situation).toBeUndefined();
		peer.sources[0]?.connect({ kind: 'lost', reason: 'unauthenticated', retryAtMs: 0 });
		expect(watch.situation).toBe('wrong-key');
	});

	it('loads again once before it blames the format, and only while bytes come', () => {
		const { watch, peer } = world();
		watch.start();
		watch.playerFailed();
		expect(watch.generation).toBe(0);
		peer.sources[0]?.connect(open);
		watch.playerFailed();
		expect(watch.generation).toBe(1);
		expect(watch.situation).toBeUndefined();
		watch.playerFailed();
		expect(watch.situation).toBe('codec-unsupported');
	});

	it('tries again when the edge tells that the owner is back', async () => {
		const { watch, peer } = world();
		watch.start();
		peer.sources[0]?.connect({ kind: 'lost', reason: 'unavailable', retryAtMs: 9 });
		peer.emit({
			kind: 'changed',
			truncated: false,
			changes: [{ catalogId, availablePeers: 1, removed: false }],
		});
		expect(peer.sources[0]?.retries).toBe(1);
	});

	it('reloads a changed file with a new source', async () => {
		const { watch, peer, released } = world();
		watch.start();
		await vi.waitFor(() => expect(watch.streamUrl).toBe('/stream/1'));
		peer.sources[0]?.connect({ kind: 'failed', reason: 'corrupt' });
		watch.reload();
		expect(peer.sources[0]?.isClosed).toBe(true);
		expect(released).toEqual(['/stream/1']);
		await vi.waitFor(() => expect(watch.streamUrl).toBe('/stream/2'));
	});

	it('says when the browser has no way to a player', async () => {
		const { watch, streams } = world();
		streams.urlFor = () => Promise.reject(new GiggityflixError('unsupported', 'no workers'));
		watch.start();
		await vi.waitFor(() => expect(watch.situation).toBe('page-insecure'));
	});
});

describe('an owner who is away', () => {
	it('is asked for subtitles on coming back to a film that others know', async () => {
		const { watch, peer } = world();
		watch.start();
		const [source] = peer.sources;
		source?.connect({ ...open, route: 'swarm' });
		await vi.waitFor(() => expect(watch.facts?.sideCars).toEqual([]));
		const sideCars = [{ index: 1, fileName: 'film.en.srt', language: 'en', sizeBytes: 100 }];
		source?.describe({ sideCars });
		source?.connect(open);
		await vi.waitFor(() => expect(watch.facts?.sideCars).toEqual(sideCars));
	});

	it('is known from the catalog, and can be waited for', async () => {
		const away = demoEntry('Harbour Lights', { publicKey: key, peerId: derived, isOnline: false });
		const { watch, catalog } = world({ entries: [away] });
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
		const away = demoEntry('Harbour Lights', { publicKey: key, peerId: derived, isOnline: false });
		const { watch, peer } = world({ entries: [{ ...away, ...hashed }] });
		watch.start();
		await vi.waitFor(() => expect(watch.situation).toBe('asking-others'));
		expect(peer.sources[0]?.startedAlone).toEqual([{ infoHash, name: 'Harbour Lights.mp4' }]);
		expect(peer.sources[0]?.learned).toHaveLength(1);
	});

	it('may have left without the catalog knowing it', async () => {
		const { watch, peer } = world({ entries: [{ ...entry, ...hashed }] });
		watch.start();
		await vi.waitFor(() => expect(watch.entry).toBeDefined());
		expect(peer.sources[0]?.startedAlone).toEqual([]);
		peer.sources[0]?.connect({ kind: 'lost', reason: 'unavailable', retryAtMs: 0 });
		expect(peer.sources[0]?.startedAlone).toHaveLength(1);
	});

	it.each([
		['is not in the catalog’s entry', { publicKey: new Uint8Array(33).fill(3) }, hashed],
		['has not hashed the film', { publicKey: key, peerId: derived, isOnline: false }, {}],
	])('whose key %s is not replaced', async (_who, owner, torrent) => {
		const { watch, peer } = world({
			entries: [{ ...demoEntry('Harbour Lights', owner), ...torrent }],
		});
		watch.start();
		await vi.waitFor(() => expect(watch.entry).toBeDefined());
		peer.sources[0]?.connect({ kind: 'lost', reason: 'unavailable', retryAtMs: 0 });
		expect(peer.sources[0]?.startedAlone).toEqual([]);
	});

	it('cannot be waited for without a session', async () => {
		const { watch, peer } = world();
		peer.change({ edge: { kind: 'offline', retryAtMs: 0 } });
		await expect(watch.subscribe()).rejects.toMatchObject({ code: 'unavailable' });
	});
});

describe('links that lead nowhere', () => {
	it('are told from servers that do not answer', async () => {
		const { watch, catalog, peer } = world({ entries: [], withKey: false });
		watch.start();
		await vi.waitFor(() => expect(watch.situation).toBe('entry-not-found'));
		catalog.failure = Code.Unavailable;
		watch.retry();
		await vi.waitFor(() => expect(watch.situation).toBe('edge-unreachable'));
		expect(peer.sources).toHaveLength(0);
	});
});

describe('leaving', () => {
	it('closes the source and forgets its address', async () => {
		const { watch, peer, released } = world();
		const stop = watch.start();
		await vi.waitFor(() => expect(watch.streamUrl).toBe('/stream/1'));
		stop();
		expect(peer.sources[0]?.isClosed).toBe(true);
		expect(released).toEqual(['/stream/1']);
		expect(peer.calls.at(-1)).toBe('setInterest false ');
	});
});
