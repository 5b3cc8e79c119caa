// Filtering, sorting and the verbs of the library.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FolderId, LibraryItem } from '../../../../peer/library/library-item.ts';
import type { OfferId } from '../../../../proto/ids.ts';
import { LibraryState } from '../../../../web/lib/state/library-state.svelte.ts';
import { PeerState } from '../../../../web/lib/state/peer-state.svelte.ts';
import { Toasts } from '../../../../web/lib/state/toasts.svelte.ts';
import { createDemoPeer, demoFolder, demoItem } from '../../../support/web/demo-peer.ts';

const seriesFolder = 'folder-Series' as FolderId;

function world() {
	const peer = createDemoPeer({ folders: [demoFolder('Films'), demoFolder('Series')] });
	peer.setItems([
		demoItem('Harbour Lights', { sizeBytes: 3, addedAtMs: 1 }),
		demoItem('harbour lights 2', { sizeBytes: 9, addedAtMs: 3 }),
		episode(10),
		episode(9),
	]);
	const toasts = new Toasts(() => undefined);
	const library = new LibraryState({
		peer,
		peerState: new PeerState(peer),
		toasts,
		isPlayable: (facts) => facts.videoCodec !== 'mpeg4',
		loadPoster: async () => undefined,
		now: () => 1_700_000_100_000,
	});
	return { peer, library, toasts };
}

function episode(number: number): LibraryItem {
	return demoItem('Northern Line', {
		...{ offerId: `episode-${number}` as OfferId, folderId: seriesFolder },
		...{ season: 1, episode: number, addedAtMs: 2 },
	});
}

const titles = (library: LibraryState) => library.items.map((item) => item.title);

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

describe('the list', () => {
	it('is sorted by name as people count', () => {
		const { library } = world();
		expect(titles(library)).toEqual([
			'Harbour Lights',
			'harbour lights 2',
			'Northern Line',
			'Northern Line',
		]);
		expect(library.items.slice(2).map((item) => item.episode)).toEqual([9, 10]);
	});

	it('is sorted by size and by date as well', () => {
		const { library } = world();
		library.order = 'size';
		expect(library.items.at(-1)?.title).toBe('Harbour Lights');
		library.order = 'newest';
		expect(library.items[0]?.title).toBe('harbour lights 2');
	});

	it('holds what all words of the filter and the folder leave', () => {
		const { library } = world();
		library.filter = ' LIGHTS  harb';
		expect(titles(library)).toEqual(['Harbour Lights', 'harbour lights 2']);
		library.folderId = seriesFolder;
		expect(titles(library)).toEqual([]);
		library.filter = '';
		expect(library.items).toHaveLength(2);
	});
});

describe('a row', () => {
	it('says what state a film is in', () => {
		const { library } = world();
		const words = (changes: Parameters<typeof demoItem>[1]) =>
			library.viewOf(demoItem('Salt', changes)).state.words;
		expect(words({})).toBe('Ready');
		expect(words({ poster: { kind: 'waiting' } })).toBe('Getting picture');
		expect(words({ presence: { kind: 'missing', sinceMs: 1_700_000_100_000 - 7_200_000 } })).toBe(
			'Missing since 2 hours ago',
		);
		expect(words({ presence: { kind: 'unreadable', reason: 'permission-denied' } })).toBe(
			'Unreadable: not allowed to read it',
		);
		expect(words({ probe: { kind: 'failed', reason: 'unsupported' } })).toBe(
			'Cannot play in browsers',
		);
		const facts = { mimeType: 'video/mp4', videoCodec: 'mpeg4', audioCodec: '' };
		expect(words({ probe: { kind: 'done', facts } })).toBe('Cannot play in browsers');
	});

	it('waits with its folder for the one click', () => {
		const { library, peer } = world();
		peer.change({ folders: [demoFolder('Films', { access: 'needs-permission' })] });
		const view = library.viewOf(demoItem('Salt'));
		expect(view.state.words).toBe('Folder needs one click');
		expect(view).toMatchObject({ canPlay: false, canCopyLink: false });
	});

	it('follows its folder until it has a mind of its own', () => {
		const { library, peer } = world();
		peer.change({ folders: [demoFolder('Films', { sharing: 'private' })] });
		const following = library.viewOf(demoItem('Salt'));
		expect(following).toMatchObject({
			sharing: 'private',
			followsFolder: true,
			canCopyLink: false,
		});
		const own = library.viewOf(demoItem('Salt', { sharing: 'link-only' }));
		expect(own).toMatchObject({ sharing: 'link-only', followsFolder: false, canCopyLink: true });
	});

	it('carries the key of its owner in its link, and how many watch it', () => {
		const { library, peer } = world();
		const item = demoItem('Salt');
		peer.change({
			serving: {
				viewers: 2,
				uploadBytesPerSecond: 0,
				totalUploadedBytes: 0,
				viewersByEntry: { [item.catalogId!]: 2 },
			},
		});
		const view = library.viewOf(item);
		expect(view.watchHref).toBe(`/watch/${item.catalogId!}#k=${'A'.repeat(44)}`);
		expect(view.watching).toBe('2 watching');
	});
});

describe('hashing', () => {
	const hashing = { hashedCount: 1, totalCount: 4, bytesPerSecond: 0, shareByOffer: {} };

	it('shows on the row of the film, unless there is something more important to say', () => {
		const { library, peer } = world();
		const item = demoItem('Salt');
		const shareByOffer = { [item.offerId]: 0.61 };
		peer.change({ hashing: { ...hashing, kind: 'working', shareByOffer } });
		expect(library.viewOf(item).state).toMatchObject({ words: 'Hashing 61 %', isQuiet: true });
		const missing = { ...item, presence: { kind: 'missing', sinceMs: 0 } } as const;
		expect(library.viewOf(missing).state.words).toContain('Missing');
	});

	it('is paused and resumed', async () => {
		const { library, peer } = world();
		expect(library.hashing).toBeUndefined();
		peer.change({ hashing: { ...hashing, kind: 'working' } });
		expect(library.hashing).toMatchObject({ done: 1, total: 4, isPaused: false });
		await library.pauseHashing(true);
		expect(peer.snapshot().settings.isHashingPaused).toBe(true);
	});

	it('goes first for the films in sight, once the scrolling rests', () => {
		const { library, peer } = world();
		const [one, two, three] = library.items;
		const hide = library.show(one!.offerId);
		library.show(two!.offerId);
		vi.advanceTimersByTime(200);
		expect(peer.calls).toEqual([]);
		hide();
		library.show(three!.offerId);
		vi.advanceTimersByTime(250);
		expect(peer.calls).toEqual([`preferHashing ${two!.offerId},${three!.offerId}`]);
	});
});

describe('folders', () => {
	it('say what they wait for', () => {
		const { library, peer } = world();
		peer.change({
			folders: [
				demoFolder('One', { itemCount: 1, sharing: 'link-only' }),
				demoFolder('Two', { access: 'needs-permission' }),
				demoFolder('Three', { scan: { kind: 'scanning', foundCount: 1204, startedAtMs: 0 } }),
			],
		});
		const [one, two, three] = library.folders;
		expect(one?.summary).toBe('1 film · by link only');
		expect(two?.state).toMatchObject({ kind: 'needs-click', words: 'This folder needs one click' });
		expect(three?.state).toMatchObject({ words: 'Looking through it: 1,204 films so far' });
	});

	it('report what did not work', async () => {
		const { library, peer, toasts } = world();
		peer.rescan = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
		await library.rescan();
		expect(toasts.list[0]?.text).toBe('The folder could not be searched: not allowed to read it.');
	});
});

describe('removing a film', () => {
	it('hides it at once and removes it when nobody has called it back', async () => {
		const { library, peer } = world();
		const { offerId } = demoItem('Harbour Lights');
		library.removeItem(offerId, 'Harbour Lights');
		expect(titles(library)).not.toContain('Harbour Lights');
		expect(peer.calls).toEqual([]);
		await vi.runAllTimersAsync();
		expect(peer.calls).toEqual([`removeItem ${offerId}`]);
	});

	it('can be undone', async () => {
		const { library, peer, toasts } = world();
		library.removeItem(demoItem('Harbour Lights').offerId, 'Harbour Lights');
		toasts.list[0]?.action?.run();
		expect(titles(library)).toContain('Harbour Lights');
		await vi.runAllTimersAsync();
		expect(peer.calls).toEqual([]);
	});

	it('is settled when the page is left', async () => {
		const { library, peer } = world();
		library.removeItem(demoItem('Harbour Lights').offerId, 'Harbour Lights');
		library.settle();
		await vi.runAllTimersAsync();
		expect(peer.calls).toHaveLength(1);
	});
});
