// A film from its link to its end: when the source is opened, with whom, and what the page is told.
import { Code } from '@connectrpc/connect';
import { describe, expect, it, vi } from 'vitest';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { demoEntry } from '../../../support/web/demo-catalog.ts';
import { demoItem } from '../../../support/web/demo-peer.ts';
import {
	catalogId,
	createWatchWorld,
	openConnection,
	ownerId,
	ownerKey,
} from '../../../support/web/watch-world.ts';

describe('opening', () => {
	it('does not wait for the catalog when the link has a key', async () => {
		const { watch, peer } = createWatchWorld();
		watch.start();
		expect(peer.sources[0]?.target).toEqual({
			catalogId,
			ownerPublicKey: ownerKey,
			ownerPeerIds: [ownerId],
		});
		await vi.waitFor(() => expect(watch.streamUrl).toBe('/stream/1'));
		await vi.waitFor(() => expect(watch.title).toBe('Harbour Lights'));
		expect(peer.sources).toHaveLength(1);
	});

	it('waits for the catalog when it has none', async () => {
		const { watch, peer } = createWatchWorld({ hasKey: false });
		watch.start();
		expect(peer.sources).toHaveLength(0);
		await vi.waitFor(() => expect(peer.sources[0]?.target.ownerPeerIds).toEqual([ownerId]));
	});

	it('asks the owner by the name it has chosen', async () => {
		const chosen = demoEntry('Harbour Lights', { publicKey: ownerKey, peerId: 'nas' });
		const { watch, peer } = createWatchWorld({ entries: [chosen] });
		watch.start();
		await vi.waitFor(() => expect(peer.sources).toHaveLength(2));
		expect(peer.sources[0]?.isClosed).toBe(true);
		expect(peer.sources[1]?.target).toMatchObject({
			ownerPublicKey: ownerKey,
			ownerPeerIds: ['nas'],
		});
	});

	it('never asks somebody whose key is not that of the link', async () => {
		const stranger = demoEntry('Harbour Lights', {
			publicKey: new Uint8Array(33).fill(3),
			peerId: 'stranger',
		});
		const { watch, peer } = createWatchWorld({ entries: [stranger] });
		watch.start();
		await vi.waitFor(() => expect(watch.entry).toBeDefined());
		expect(peer.sources.map((source) => source.target.ownerPeerIds)).toEqual([[ownerId]]);
		expect(watch.situation).toBe('wrong-key');
	});

	it('takes a film of this device from its disk, once the library is loaded', () => {
		const { watch, peer } = createWatchWorld();
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

describe('while it plays', () => {
	it('says what stands in the way', async () => {
		const { watch, peer } = createWatchWorld();
		watch.start();
		expect(watch.situation).toBe('connecting');
		peer.sources[0]?.connect(openConnection);
		expect(watch.situation).toBeUndefined();
		peer.sources[0]?.connect({ kind: 'lost', reason: 'unauthenticated', retryAtMs: 0 });
		expect(watch.situation).toBe('wrong-key');
	});

	it('loads again once before it blames the format, and only while bytes come', () => {
		const { watch, peer } = createWatchWorld();
		watch.start();
		watch.playerFailed();
		expect(watch.generation).toBe(0);
		peer.sources[0]?.connect(openConnection);
		watch.playerFailed();
		expect(watch.generation).toBe(1);
		expect(watch.situation).toBeUndefined();
		watch.playerFailed();
		expect(watch.situation).toBe('codec-unsupported');
	});

	it('tries again when the edge tells that the owner is back', async () => {
		const { watch, peer } = createWatchWorld();
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
		const { watch, peer, released } = createWatchWorld();
		watch.start();
		await vi.waitFor(() => expect(watch.streamUrl).toBe('/stream/1'));
		peer.sources[0]?.connect({ kind: 'failed', reason: 'corrupt' });
		watch.reload();
		expect(peer.sources[0]?.isClosed).toBe(true);
		expect(released).toEqual(['/stream/1']);
		await vi.waitFor(() => expect(watch.streamUrl).toBe('/stream/2'));
	});

	it('says when the browser has no way to a player', async () => {
		const { watch, streams } = createWatchWorld();
		streams.urlFor = () => Promise.reject(new GiggityflixError('unsupported', 'no workers'));
		watch.start();
		await vi.waitFor(() => expect(watch.situation).toBe('page-insecure'));
	});
});

describe('links that lead nowhere', () => {
	it('are told from servers that do not answer', async () => {
		const { watch, catalog, peer } = createWatchWorld({ entries: [], hasKey: false });
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
		const { watch, peer, released } = createWatchWorld();
		const stop = watch.start();
		await vi.waitFor(() => expect(watch.streamUrl).toBe('/stream/1'));
		stop();
		expect(peer.sources[0]?.isClosed).toBe(true);
		expect(released).toEqual(['/stream/1']);
		expect(peer.calls.at(-1)).toBe('setInterest false ');
	});
});
