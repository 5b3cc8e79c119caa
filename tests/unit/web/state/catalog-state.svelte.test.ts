// Searching, paging and live changes, against a catalog behind the real client.
import { Code } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CatalogId } from '../../../../proto/ids.ts';
import { CatalogState, type CatalogQuery } from '../../../../web/lib/state/catalog-state.svelte.ts';
import { createDemoCatalog, demoEntry } from '../../../support/web/demo-catalog.ts';
import { createDemoPeer } from '../../../support/web/demo-peer.ts';

const everything: CatalogQuery = { words: '', order: 'title', onlyAvailable: true };
const manyTitles = Array.from({ length: 120 }, (_, index) => {
	const letters = 'abcdefghijkl';
	return `Film ${letters.charAt(index % 12)}${letters.charAt(Math.floor(index / 12))}`;
});

function world(titles: readonly string[]) {
	const catalog = createDemoCatalog(titles.map((title) => demoEntry(title)));
	const peer = createDemoPeer();
	return { catalog, peer, state: new CatalogState(peer, catalog.client) };
}

const titles = (state: CatalogState) => state.entries.map((entry) => entry.title);

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('a search', () => {
	it('shows the first page and how many there are', async () => {
		const { state } = world(manyTitles);
		expect(state.stage.kind).toBe('loading');
		await state.search(everything);
		expect(state.stage.kind).toBe('ready');
		expect(state.entries).toHaveLength(48);
		expect(state.total).toBe(120);
		expect(state.hasMore).toBe(true);
	});

	it('goes on page by page, each asked for once', async () => {
		const { state, catalog } = world(manyTitles);
		await state.search(everything);
		await Promise.all([state.loadMore(), state.loadMore()]);
		expect(state.entries).toHaveLength(96);
		await state.loadMore();
		await state.loadMore();
		expect(titles(state)).toEqual(manyTitles);
		expect(catalog.searches).toHaveLength(3);
		expect(state.hasMore).toBe(false);
	});

	it('gives way to the next one', async () => {
		const { state } = world(['Harbour Lights', 'Paper Moons']);
		const first = state.search({ ...everything, words: 'harbour' });
		const second = state.search({ ...everything, words: 'paper' });
		await Promise.all([first, second]);
		expect(titles(state)).toEqual(['Paper Moons']);
	});

	it('that finds nobody here says how many films wait for their owners', async () => {
		const { state, catalog } = world(['Harbour Lights']);
		catalog.entries = ['Salt', 'Overland'].map((title) => demoEntry(title, { isOnline: false }));
		await state.search(everything);
		expect(state.entries).toEqual([]);
		expect(state).toMatchObject({ total: 0, awayCount: 2 });
		await state.search({ ...everything, words: 'salt' });
		expect(state.awayCount).toBe(1);
		await state.search({ ...everything, onlyAvailable: false });
		expect(state).toMatchObject({ total: 2, awayCount: 0 });
	});

	it('tells when the server cannot be asked, and recovers', async () => {
		const { state, catalog } = world(['Harbour Lights']);
		catalog.failure = Code.Unavailable;
		await state.search(everything);
		expect(state.stage).toEqual({ kind: 'failed', reason: 'unavailable' });
		catalog.failure = undefined;
		await state.search(everything);
		expect(titles(state)).toEqual(['Harbour Lights']);
		expect(state.stage.kind).toBe('ready');
	});
});

describe('live changes', () => {
	async function followed(names: readonly string[]) {
		const all = world(names);
		await all.state.search(everything);
		const stop = all.state.follow();
		const change = (title: string, availablePeers: number, removed = false) =>
			all.peer.emit({
				kind: 'changed',
				truncated: false,
				changes: [{ catalogId: demoEntry(title).catalogId as CatalogId, availablePeers, removed }],
			});
		return { ...all, stop, change };
	}

	it('take a removed film away without a question', async () => {
		const { state, change, catalog } = await followed(['Harbour Lights', 'Paper Moons']);
		change('Paper Moons', 0, true);
		await vi.runAllTimersAsync();
		expect(titles(state)).toEqual(['Harbour Lights']);
		expect(state.total).toBe(1);
		expect(catalog.searches).toHaveLength(1);
	});

	it('leave a film whose owner has gone in its place', async () => {
		const { state, change } = await followed(['Harbour Lights', 'Paper Moons']);
		change('Harbour Lights', 0);
		expect(titles(state)).toEqual(['Harbour Lights', 'Paper Moons']);
		expect(state.entries[0]?.owners[0]?.isOnline).toBe(false);
	});

	it('ask once for a burst of new films', async () => {
		const { state, change, catalog } = await followed(['Harbour Lights']);
		catalog.entries = [...catalog.entries, demoEntry('Salt'), demoEntry('Overland')];
		change('Salt', 1);
		change('Overland', 1);
		await vi.runAllTimersAsync();
		expect(titles(state)).toEqual(['Harbour Lights', 'Salt', 'Overland']);
		expect(catalog.searches).toHaveLength(2);
	});

	it('are not put off by further ones', async () => {
		const { state, catalog, peer } = world(['Harbour Lights']);
		await state.search(everything);
		const stop = state.follow();
		for (let halfSecond = 0; halfSecond < 10; halfSecond += 1) {
			peer.emit({ kind: 'changed', changes: [], truncated: true });
			await vi.advanceTimersByTimeAsync(500);
		}
		expect(catalog.searches.length).toBeGreaterThan(4);
		stop();
	});

	it('keep the pages that were loaded when they ask again', async () => {
		const { state, peer } = await followed(manyTitles);
		await state.loadMore();
		peer.emit({ kind: 'changed', changes: [], truncated: false });
		await vi.runAllTimersAsync();
		expect(state.entries).toHaveLength(96);
	});

	it('end when nobody looks any more', async () => {
		const { stop, change, catalog, peer } = await followed(['Harbour Lights']);
		change('Salt', 1);
		stop();
		change('Salt', 1);
		await vi.runAllTimersAsync();
		expect(catalog.searches).toHaveLength(1);
		expect(peer.calls.at(-1)).toBe('setInterest false ');
	});
});
