import { describe, expect, it } from 'vitest';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { loadStoredPeer } from '../../../../peer/identity/stored-peer.ts';
import type { PeerId } from '../../../../proto/ids.ts';
import { defaultSettings } from '../../../../peer/settings.ts';
import { createMemoryLibraryStore } from '../../../support/peer/memory-library-store.ts';
import { createSeededRandom } from '../../../support/peer/seeded-random.ts';

const zeroPhrase = `${'abandon '.repeat(11)}about`;

function setUp(store = createMemoryLibraryStore(), seed = 1) {
	const troubles: (string | undefined)[] = [];
	const load = (chosenPeerId?: string) =>
		loadStoredPeer({
			store,
			randomBytes: createSeededRandom(seed),
			initialSettings: defaultSettings,
			chosenPeerId: chosenPeerId as PeerId | undefined,
			onStoreTrouble: (error) => troubles.push(error?.code),
		});
	return { store, troubles, load };
}

describe('loadStoredPeer', () => {
	it('makes an identity on the first run and keeps it', async () => {
		const { store, load } = setUp();
		const first = await load();
		expect((await store.loadPeer())?.phrase).toBe(first.identity().phrase);
		const second = await setUp(store, 2).load();
		expect(second.identity().peerId).toBe(first.identity().peerId);
	});

	it('writes nothing over a database it could not read', async () => {
		const { store, load } = setUp();
		const stored = await load();
		const { load: loadAgain, troubles } = setUp(store, 9);
		store.failWith(new GiggityflixError('unavailable', 'no database'));
		const ephemeral = await loadAgain();
		store.failWith(undefined);
		await ephemeral.update({ announcedSequence: 5 });
		expect(ephemeral.identity().peerId).not.toBe(stored.identity().peerId);
		expect((await store.loadPeer())?.phrase).toBe(stored.identity().phrase);
		expect(troubles).toEqual(['unavailable']);
	});

	it('tells of a write that failed', async () => {
		const { store, troubles, load } = setUp();
		const stored = await load();
		store.failWith(new GiggityflixError('resource-exhausted', 'full'));
		await stored.update({ announcedSequence: 5 });
		expect(troubles).toEqual(['resource-exhausted']);
		expect(stored.record().announcedSequence).toBe(5);
	});

	it('goes by a chosen name for as long as it is given', async () => {
		const { store, load } = setUp();
		const unnamed = await load();
		await unnamed.update({ announcedSequence: 5, announcedEdgeId: 'edge-a', announcedDigest: 'x' });
		expect(unnamed.isRenamed).toBe(false);

		const named = await load('attic');
		expect(named.isRenamed).toBe(true);
		expect(named.identity().peerId).toBe('attic');
		expect(await store.loadPeer()).toEqual({
			phrase: unnamed.record().phrase,
			settings: defaultSettings,
			chosenPeerId: 'attic',
			announcedSequence: 0,
		});
		expect((await load('attic')).isRenamed).toBe(false);

		const again = await load();
		expect(again.isRenamed).toBe(true);
		expect(again.identity().peerId).toBe(unnamed.identity().peerId);
	});

	it('becomes another peer and forgets what was announced', async () => {
		const { store, load } = setUp();
		const stored = await load();
		await stored.update({ announcedSequence: 5, announcedEdgeId: 'edge-a', announcedDigest: 'x' });
		await stored.become(zeroPhrase.toUpperCase());
		expect(await store.loadPeer()).toEqual({
			phrase: zeroPhrase,
			settings: defaultSettings,
			announcedSequence: 0,
		});
		await expect(stored.become('no phrase')).rejects.toMatchObject({ code: 'invalid-argument' });
		expect(stored.identity().phrase).toBe(zeroPhrase);
	});
});
