// The entry of a film that is watched: under which ids it is followed, and what is made of the catalog's answers.
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import type { CatalogEntry } from '../../../../proto/gen/giggityflix/v1/catalog_pb.js';
import type { CatalogId } from '../../../../proto/ids.ts';
import { WatchedEntry } from '../../../../web/lib/state/watched-entry.svelte.ts';
import { createDemoCatalog } from '../../../support/web/demo-catalog.ts';
import { createDemoPeer } from '../../../support/web/demo-peer.ts';
import { catalogId, ownerKey, watchedEntry } from '../../../support/web/watch-world.ts';

const merged = { ...watchedEntry, catalogId: 'm'.repeat(26) };
const another = 'n'.repeat(26) as CatalogId;
const { signal } = new AbortController();

function world(entries: CatalogEntry[] = [watchedEntry]) {
	const catalog = createDemoCatalog(entries);
	const peer = createDemoPeer();
	const loaded: CatalogEntry[] = [];
	const watched = new WatchedEntry({
		...{ peer, catalogId, ownerPublicKey: ownerKey },
		catalog: catalog.client,
		onLoaded: (entry) => void loaded.push(entry),
	});
	const interests = () => peer.calls.filter((call) => call.startsWith('setInterest'));
	const change = (...ids: CatalogId[]) =>
		peer.emit({
			...{ kind: 'changed', truncated: ids.length === 0 },
			changes: ids.map((id) => ({ catalogId: id, availablePeers: 1, removed: false })),
		});
	return { catalog, peer, watched, loaded, interests, change };
}

describe('asking the catalog', () => {
	it('tells whether the owner of the link is known, and here', async () => {
		const { watched, loaded } = world();
		expect(watched.stage).toEqual({ kind: 'loading' });
		await watched.load(signal);
		expect(watched.stage).toEqual({ kind: 'ready', isOwnerOnline: true, isKeyKnown: true });
		expect(loaded).toHaveLength(1);
	});

	it('says why it failed, and keeps what is known', async () => {
		const { watched, catalog, loaded } = world();
		await watched.load(signal);
		catalog.failure = Code.Unavailable;
		await watched.load(signal);
		expect(watched.stage).toEqual({ kind: 'failed', reason: 'unavailable' });
		expect(watched.entry?.title).toBe('Harbour Lights');
		expect(loaded).toHaveLength(1);
	});

	it('is forgotten when the film is left meanwhile', async () => {
		const { watched, loaded } = world();
		const leaving = new AbortController();
		const loading = watched.load(leaving.signal);
		leaving.abort();
		await loading;
		expect(watched.stage).toEqual({ kind: 'loading' });
		expect(loaded).toEqual([]);
	});

	it('finds an entry that was merged, whose owners know its own id', async () => {
		const { watched, catalog, interests } = world();
		catalog.lead(catalogId, merged);
		await watched.load(signal);
		expect(watched.catalogId).toBe(merged.catalogId);
		expect(interests()).toEqual([`setInterest false ${catalogId},${merged.catalogId}`]);
	});
});

describe('following it', () => {
	it('hears of its own changes, and of those that may be', () => {
		const { watched, change } = world();
		let changes = 0;
		watched.follow(() => (changes += 1));
		change(another);
		expect(changes).toBe(0);
		change(another, catalogId);
		change();
		expect(changes).toBe(2);
	});

	it('hears that whom it waits for has come', () => {
		const { watched, peer } = world();
		let changes = 0;
		watched.follow(() => (changes += 1));
		const match = {
			kind: 'subscription-matched',
			subscriptionId: 'subscription',
			title: 'Harbour Lights',
		} as const;
		peer.emit({ ...match, catalogId: another });
		expect(changes).toBe(0);
		peer.emit({ ...match, catalogId });
		expect(changes).toBe(1);
	});

	it('ends', () => {
		const { watched, interests, change } = world();
		let changes = 0;
		const unfollow = watched.follow(() => (changes += 1));
		unfollow();
		change(catalogId);
		expect(changes).toBe(0);
		expect(interests()).toEqual([`setInterest false ${catalogId}`, 'setInterest false ']);
	});
});
