// What of a part is gone on from: pieces vouch for themselves, the rest is compared, and whatever differs goes.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifiedPrefix } from '../../../../peer/saves/verified-prefix.ts';
import type { PartPieces } from '../../../../peer/saves/part-pieces.ts';
import { createMemoryPart, createMemorySource } from '../../../support/saves/memory-saves.ts';
import { patternedBytes } from '../../../support/patterned-bytes.ts';

const pieceBytes = 64 * 1024;
const film = patternedBytes(10 * pieceBytes + 1000);

/** Pieces of a torrent in which the film begins at `offsetBytes`, behind a file of zeros. */
function piecesOf(offsetBytes: number, totalBytes = offsetBytes + film.length): PartPieces {
	const torrent = new Uint8Array(totalBytes);
	torrent.set(film, offsetBytes);
	return {
		...{ pieceBytes, offsetBytes, totalBytes },
		async matches(index, bytes) {
			const piece = torrent.subarray(index * pieceBytes, (index + 1) * pieceBytes);
			const digest = (of: Uint8Array) => createHash('sha1').update(of).digest('hex');
			return digest(piece) === digest(bytes);
		},
	};
}

async function prefixOf(content: Uint8Array, pieces: PartPieces | undefined) {
	const part = createMemoryPart();
	part.replace(content);
	const source = createMemorySource(film);
	const prefix = await verifiedPrefix({
		...{ part, source, pieces, sizeBytes: film.length },
		signal: new AbortController().signal,
		onChecked: () => undefined,
	});
	return { prefix, fetchedBytes: source.reads.reduce((sum, read) => sum + read.lengthBytes, 0) };
}

function withFlip(content: Uint8Array, at: number): Uint8Array {
	const changed = Uint8Array.from(content);
	changed[at] = (changed[at] ?? 0) ^ 1;
	return changed;
}

describe('a part of a film with pieces', () => {
	it('is good up to its last whole piece, and costs no fetching', async () => {
		const part = film.subarray(0, 4 * pieceBytes + 500);
		expect(await prefixOf(part, piecesOf(0))).toEqual({ prefix: 4 * pieceBytes, fetchedBytes: 0 });
	});

	it('is good to the end when the last piece is there, and what lies behind is not', async () => {
		expect((await prefixOf(film, piecesOf(0))).prefix).toBe(film.length);
		const longer = Buffer.concat([film, Buffer.alloc(99)]);
		expect((await prefixOf(longer, piecesOf(0))).prefix).toBe(film.length);
	});

	it('is good up to the piece that was damaged', async () => {
		const part = withFlip(film, 3 * pieceBytes + 7);
		expect((await prefixOf(part, piecesOf(0))).prefix).toBe(3 * pieceBytes);
		expect((await prefixOf(withFlip(film, 0), piecesOf(0))).prefix).toBe(0);
	});

	it('that begins within a piece has its beginning fetched again and compared', async () => {
		const offset = 2 * pieceBytes - 300;
		const part = film.subarray(0, 300 + 5 * pieceBytes + 9);
		expect(await prefixOf(part, piecesOf(offset))).toEqual({
			prefix: 300 + 5 * pieceBytes,
			fetchedBytes: 300,
		});
		expect((await prefixOf(withFlip(part, 299), piecesOf(offset))).prefix).toBe(0);
		expect((await prefixOf(film.subarray(0, 200), piecesOf(offset))).prefix).toBe(0);
	});

	it('that ends within a piece is good up to the border', async () => {
		const pieces = piecesOf(0, film.length + 5 * pieceBytes);
		expect((await prefixOf(film, pieces)).prefix).toBe(10 * pieceBytes);
	});
});

describe('a part of a film without pieces', () => {
	it('is believed when its end is the same', async () => {
		const part = film.subarray(0, 7 * pieceBytes + 3);
		const { prefix, fetchedBytes } = await prefixOf(part, undefined);
		expect(prefix).toBe(part.length);
		expect(fetchedBytes).toBeLessThanOrEqual(256 * 1024);
	});

	it('is not believed when its end differs, or it is longer than the film', async () => {
		const part = film.subarray(0, 7 * pieceBytes);
		expect((await prefixOf(withFlip(part, part.length - 1), undefined)).prefix).toBe(0);
		expect((await prefixOf(Buffer.concat([film, film]), undefined)).prefix).toBe(0);
		expect((await prefixOf(new Uint8Array(), undefined)).prefix).toBe(0);
	});
});
