import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeInfoDictionary, piecesIdOf } from '../../../../../peer/hashing/info-dictionary.ts';
import { readFilmPieces } from '../../../../../peer/transfer/pieces/film-pieces.ts';
import { maxInfoDictionaryBytes } from '../../../../../proto/limits.ts';
import { testBytes } from '../../../../support/transfer/offered-memory.ts';

const pieceLengthBytes = 262_144;
const film = testBytes(2 * pieceLengthBytes + 5);
const sizeBytes = film.length;
const piece = (index: number) =>
	film.slice(index * pieceLengthBytes, (index + 1) * pieceLengthBytes);
const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest();
const pieces = new Uint8Array(Buffer.concat([0, 1, 2].map((index) => sha1(piece(index)))));
const content = { sizeBytes, pieceLengthBytes, pieces };
const piecesId = piecesIdOf(content);
const named = (name: string) => encodeInfoDictionary({ ...content, name });

describe('readFilmPieces', () => {
	test('knows every piece, the short last one too', async () => {
		const read = readFilmPieces(named('Alien.mkv'), { sizeBytes, piecesId });
		expect(read).toMatchObject({ sizeBytes, pieceBytes: pieceLengthBytes, count: 3, piecesId });
		expect([0, 1, 2].map(read.lengthOf)).toEqual([pieceLengthBytes, pieceLengthBytes, 5]);
		for (const index of [0, 1, 2]) expect(await read.matches(index, piece(index))).toBe(true);
		const changed = piece(1);
		changed[77]! ^= 1;
		expect(await read.matches(1, changed)).toBe(false);
		expect(await read.matches(0, piece(1))).toBe(false);
		expect(await read.matches(2, film.slice(-4))).toBe(false);
	});

	test('takes the dictionary of anybody with the same film, whatever they call it', () => {
		expect(readFilmPieces(named('copy of alien (2).mkv'), { sizeBytes, piecesId }).count).toBe(3);
	});

	test('does not look at its input again', async () => {
		const input = named('Alien.mkv');
		const read = readFilmPieces(input, { sizeBytes, piecesId });
		input.fill(0);
		expect(await read.matches(0, piece(0))).toBe(true);
	});

	const otherPieces = pieces.slice();
	otherPieces[59]! ^= 1;
	test.each<[string, Uint8Array]>([
		['other pieces', encodeInfoDictionary({ ...content, pieces: otherPieces, name: 'x' })],
		['a piece less', encodeInfoDictionary({ ...content, pieces: pieces.slice(20), name: 'x' })],
		['another size', encodeInfoDictionary({ ...content, sizeBytes: sizeBytes + 1, name: 'x' })],
		['a strange length', encodeInfoDictionary({ ...content, pieceLengthBytes: 3, name: 'x' })],
		[
			'the same hashes for longer pieces',
			encodeInfoDictionary({ ...content, pieceLengthBytes: 2 * pieceLengthBytes, name: 'x' }),
		],
		['too much', encodeInfoDictionary({ ...content, name: 'x'.repeat(maxInfoDictionaryBytes) })],
		['half a dictionary', named('x').slice(0, 40)],
		['a number', new TextEncoder().encode('i5e')],
		['nothing', new Uint8Array()],
	])('refuses %s', (_, infoDictionary) => {
		expect(() => readFilmPieces(infoDictionary, { sizeBytes, piecesId })).toThrow(
			expect.objectContaining({ code: 'corrupt' }),
		);
	});

	test('believes pieces nobody has named, if they fit the film', () => {
		const trusted = { sizeBytes, piecesId: undefined };
		const other = encodeInfoDictionary({ ...content, pieces: otherPieces, name: 'x' });
		expect(readFilmPieces(other, trusted).piecesId).not.toBe(piecesId);
		expect(() => readFilmPieces(named('x'), { ...trusted, sizeBytes: 7 })).toThrow();
	});
});
