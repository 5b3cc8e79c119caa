import { describe, expect, it } from 'vitest';
import { createPieceCache } from '../../../../peer/swarm/piece-cache.ts';
import { pieceStore } from '../../../../web/lib/browser/webtorrent-store.ts';

function openStore() {
	const nothing = () => undefined;
	const pieces = createPieceCache({ capacityBytes: 100, fetch: nothing, forget: nothing });
	const Store = pieceStore(pieces);
	return { pieces, store: new Store(4) };
}

describe('the chunk store', () => {
	it('keeps what is put in and gives parts of it', () => {
		const { store, pieces } = openStore();
		const heard: unknown[] = [];
		store.put(3, Uint8Array.of(1, 2, 3, 4), (error) => heard.push(error));
		store.get(3, null, (error, bytes) => heard.push(error, bytes));
		store.get(3, { offset: 1, length: 2 }, (error, bytes) => heard.push(error, bytes));
		store.get(3, { offset: 3 }, (error, bytes) => heard.push(error, bytes));
		store.get(3, (error, bytes) => heard.push(error, bytes));
		const [all, part, end] = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(2, 3), Uint8Array.of(4)];
		expect(heard).toEqual([null, null, all, null, part, null, end, null, all]);
		expect(pieces.get(3)).toEqual(all);
	});

	it('says at once that a piece is not there', () => {
		const { store } = openStore();
		let heard: Error | null = null;
		store.get(9, null, (error) => (heard = error));
		expect(heard).toBeInstanceOf(Error);
	});
});
