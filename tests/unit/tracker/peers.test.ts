// Keys are bound once; presence goes through to the store.
import { describe, expect, it, vi } from 'vitest';
import { derivePeerId, type PeerId } from '../../../proto/ids.ts';
import { noProgress } from '../../../tracker/catalog-progress.ts';
import { createPeers } from '../../../tracker/peers.ts';
import { createEmbeddedStore } from '../../../tracker/store/embedded-store.ts';
import { keyOf } from '../../support/tracker-world.ts';

const laptop = 'laptop' as PeerId;
const open = () => {
	const store = createEmbeddedStore(':memory:');
	return { store, peers: createPeers([], store) };
};

describe('peers', () => {
	it('binds a chosen id to the first key, also when two claim it at once', async () => {
		const { peers } = open();
		const outcomes = await Promise.allSettled([
			peers.bindKey(laptop, keyOf('first')),
			peers.bindKey(laptop, keyOf('second')),
		]);
		expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
		expect(peers.get(laptop).publicKey).toEqual(keyOf('first'));
		await expect(peers.bindKey(laptop, keyOf('second'))).rejects.toMatchObject({
			code: 'permission-denied',
		});
	});

	it('asks the store about a key once', async () => {
		const { peers, store } = open();
		const bindKey = vi.spyOn(store, 'bindKey');
		for (let round = 0; round < 3; round += 1) await peers.bindKey(laptop, keyOf('first'));
		expect(bindKey).toHaveBeenCalledTimes(1);
	});

	it('checks derived ids and the form of keys before anything is stored', async () => {
		const { peers, store } = open();
		const derived = derivePeerId(keyOf('own'));
		await expect(peers.bindKey(derived, keyOf('other'))).rejects.toMatchObject({
			code: 'unauthenticated',
		});
		await expect(peers.bindKey(laptop, new Uint8Array(32))).rejects.toMatchObject({
			code: 'invalid-argument',
		});
		expect((await store.load()).peers).toEqual([]);
		await expect(peers.bindKey(derived, keyOf('own'))).resolves.toBeUndefined();
	});

	it('remembers when peers were seen and under which name', async () => {
		const { peers, store } = open();
		expect(peers.get(laptop)).toMatchObject({ displayName: '', progress: noProgress });
		await peers.see([laptop], 5, { displayName: 'Anna', isHeld: true });
		await peers.see([laptop, 'nas' as PeerId], 6);
		await peers.see([], 7);
		expect(peers.get(laptop)).toMatchObject({ displayName: 'Anna', lastSeenAtMs: 6, isHeld: true });
		const again = createPeers((await store.load()).peers, store);
		expect(again.get(laptop)).toEqual(peers.get(laptop));
		expect(again.count()).toBe(2);
	});
});
