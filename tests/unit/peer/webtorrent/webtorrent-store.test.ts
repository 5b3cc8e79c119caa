import { describe, expect, it } from 'vitest';
import { createPieceCache } from '../../../../peer/swarm/piece-cache.ts';
import type { SwarmContent } from '../../../../peer/swarm/swarm.ts';
import type { UploadCap } from '../../../../peer/transfer/serving/upload-cap.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';
import { createPieceStore } from '../../../../peer/webtorrent/webtorrent-store.ts';

const withoutCap = { take: () => undefined };

function openStore(content?: SwarmContent, uploadCap: Pick<UploadCap, 'take'> = withoutCap) {
	const nothing = () => undefined;
	const pieces = createPieceCache({ capacityBytes: 100, fetch: nothing, forget: nothing });
	const failures: [piece: number, code: string][] = [];
	const store = createPieceStore({
		...{ pieces, content, pieceBytes: 4, sizeBytes: 42, uploadCap },
		onFailure: (piece, { code }) => failures.push([piece, code]),
	});
	const get = (piece: number, range: { offset?: number; length?: number } | null = null) =>
		new Promise<Uint8Array | undefined>((resolve, reject) => {
			store.get(piece, range, (error, bytes) => (error ? reject(error) : resolve(bytes)));
		});
	return { pieces, store, failures, get };
}

/** Pieces an earlier visit has left. */
function keptPieces(kept: Map<number, Uint8Array<ArrayBuffer>>): SwarmContent {
	return {
		isComplete: false,
		has: (piece) => kept.has(piece),
		read: async (piece, offset, length) => {
			const bytes = kept.get(piece);
			if (!bytes) throw new GiggityflixError('not-found', 'no such piece');
			return bytes.slice(offset, offset + length);
		},
		put: async (piece, bytes) => void kept.set(piece, Uint8Array.from(bytes)),
	};
}

describe('the chunk store', () => {
	it('keeps what is put in and gives parts of it', async () => {
		const { store, pieces, get } = openStore();
		const heard: unknown[] = [];
		store.put(3, Uint8Array.of(1, 2, 3, 4), (error) => heard.push(error));
		store.get(3, (error, bytes) => heard.push(error, bytes));
		const [all, part, end] = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(2, 3), Uint8Array.of(4)];
		expect(heard).toEqual([null, null, all]);
		expect(await get(3)).toEqual(all);
		expect(await get(3, { offset: 1, length: 2 })).toEqual(part);
		expect(await get(3, { offset: 3 })).toEqual(end);
		expect(pieces.get(3)).toEqual(all);
	});

	it('says at once that a piece is not there', async () => {
		await expect(openStore().get(9)).rejects.toBeInstanceOf(Error);
	});

	it('reads what is not in memory from the content, and adds to it what was fetched', async () => {
		const kept = new Map([[10, Uint8Array.of(9, 8)]]);
		const { store, get } = openStore(keptPieces(kept));
		expect(await get(10)).toEqual(Uint8Array.of(9, 8));
		store.put(2, Uint8Array.of(1, 2, 3, 4), () => undefined);
		await Promise.resolve();
		expect(kept.get(2)).toEqual(Uint8Array.of(1, 2, 3, 4));
		await expect(get(5)).rejects.toBeInstanceOf(Error);
	});

	it('waits its turn under the upload cap, for as many bytes as are asked for', async () => {
		const asked: number[] = [];
		const turn = Promise.withResolvers<undefined>();
		const take = (bytes: number) => {
			asked.push(bytes);
			return turn.promise;
		};
		const { store, get } = openStore(undefined, { take });
		store.put(10, Uint8Array.of(1, 2), () => undefined);
		const sent = get(10);
		expect(await Promise.race([sent, Promise.resolve('waits')])).toBe('waits');
		turn.resolve(undefined);
		expect(await sent).toEqual(Uint8Array.of(1, 2));
		expect(asked).toEqual([2]);
	});

	it('tells which piece could not be read, and why', async () => {
		const { get, failures } = openStore({
			...keptPieces(new Map()),
			isComplete: true,
			read: () => Promise.reject(new GiggityflixError('corrupt', 'the file has changed')),
		});
		await expect(get(1)).rejects.toMatchObject({ code: 'corrupt' });
		expect(failures).toEqual([[1, 'corrupt']]);
	});
});
