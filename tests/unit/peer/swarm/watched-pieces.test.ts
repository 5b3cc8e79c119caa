// What a viewer has of a film, for others: nothing unverified leaves, and memory stays bounded.
import { describe, expect, it } from 'vitest';
import { encodeInfoDictionary } from '../../../../peer/hashing/info-dictionary.ts';
import { createWatchedPieces } from '../../../../peer/swarm/watched-pieces.ts';
import { readFilmPieces } from '../../../../peer/transfer/pieces/film-pieces.ts';
import type { PieceShelf } from '../../../../peer/transfer/pieces/piece-shelf.ts';
import { piecesOf, testBytes } from '../../../support/transfer/offered-memory.ts';

const pieceBytes = 4 * 1024 * 1024;
const film = testBytes(5 * pieceBytes);
const pieces = readFilmPieces(
	encodeInfoDictionary({ name: 'film', ...piecesOf(film, pieceBytes) }),
	{ sizeBytes: film.length, piecesId: undefined },
);
const pieceOf = (index: number) => film.slice(index * pieceBytes, (index + 1) * pieceBytes);

function memoryShelf(stored: Map<number, Uint8Array<ArrayBuffer>>): PieceShelf {
	return {
		has: (index) => stored.has(index),
		load: async (index) => stored.get(index),
		// As a disk that is full.
		keep: async () => false,
		drop: (index) => void stored.delete(index),
	};
}

describe('watched pieces', () => {
	it('gives blocks of what was kept, at once and from the shelf', async () => {
		const { shelf, content } = createWatchedPieces(pieces, memoryShelf(new Map([[3, pieceOf(3)]])));
		await shelf.keep(0, pieceOf(0));
		expect([0, 1, 3].map(content.has)).toEqual([true, false, true]);
		expect(await content.read(0, 5, 7)).toEqual(film.slice(5, 12));
		expect(await content.read(3, 1, 2)).toEqual(pieceOf(3).slice(1, 3));
	});

	it('tells of a piece that came and of one there is no room for any more', async () => {
		const { shelf, content, onChange } = createWatchedPieces(pieces, memoryShelf(new Map()));
		const heard: [index: number, isThere: boolean][] = [];
		onChange((index) => heard.push([index, content.has(index)]));
		await Promise.all([0, 1, 2].map((index) => shelf.keep(index, pieceOf(index))));
		await shelf.keep(2, pieceOf(2));
		expect(heard).toEqual([
			[0, true],
			[1, true],
			[2, true],
			[0, false],
		]);
	});

	it('has all that waits for a slow disk, and then has it there', async () => {
		const stored = new Map<number, Uint8Array<ArrayBuffer>>();
		const writes: (() => void)[] = [];
		const slow: PieceShelf = {
			...memoryShelf(stored),
			keep: (index, bytes) =>
				new Promise((resolve) => {
					writes.push(() => {
						stored.set(index, bytes);
						resolve(true);
					});
				}),
		};
		const { shelf, content, onChange } = createWatchedPieces(pieces, slow);
		const gone: number[] = [];
		onChange((index) => content.has(index) || gone.push(index));
		const kept = [0, 1, 2, 3, 4].map((index) => shelf.keep(index, pieceOf(index)));
		expect([0, 1, 2, 3, 4].every(content.has)).toBe(true);
		expect(await content.read(0, 5, 7)).toEqual(film.slice(5, 12));
		for (const write of writes) write();
		expect(await Promise.all(kept)).toEqual([true, true, true, true, true]);
		expect(await content.read(0, 5, 7)).toEqual(film.slice(5, 12));
		expect(gone).toEqual([]);
	});

	it('does not give on what a disk has spoilt, and has it no more', async () => {
		const spoilt = pieceOf(1);
		spoilt[9]! ^= 1;
		const { content, onChange } = createWatchedPieces(pieces, memoryShelf(new Map([[1, spoilt]])));
		const gone: number[] = [];
		onChange((index) => gone.push(index));
		await expect(content.read(1, 0, 16)).rejects.toMatchObject({ code: 'not-found' });
		expect([gone, content.has(1)]).toEqual([[1], false]);
	});
});
