import { describe, expect, it } from 'vitest';
import type { OpenFile } from '../../../../peer/ports.ts';
import { createFileContent } from '../../../../peer/swarm/file-content.ts';
import { GiggityflixError } from '../../../../proto/errors.ts';

const mebibyte = 1024 * 1024;
const pieceBytes = 256 * 1024;
const sizeBytes = 20 * mebibyte + 17;
const byteAt = (offset: number) => (offset * 31 + (offset >> 12)) % 251;

/** A file of which nothing exists but what is read of it. */
function openFile() {
	const reads: { offsetBytes: number; lengthBytes: number }[] = [];
	let failure: GiggityflixError | undefined;
	const file: OpenFile = {
		...{ sizeBytes, modifiedAtMs: 1, mimeType: 'video/mp4' },
		async read(offsetBytes, lengthBytes) {
			if (failure) throw failure;
			reads.push({ offsetBytes, lengthBytes });
			return Uint8Array.from({ length: lengthBytes }, (_, index) => byteAt(offsetBytes + index));
		},
	};
	return {
		reads,
		content: createFileContent(file, pieceBytes),
		fail: (error: GiggityflixError | undefined) => (failure = error),
	};
}

describe('a file as the content of a swarm', () => {
	it('has every piece and gives any part of it, across slices and at the end', async () => {
		const { content } = openFile();
		const lastPiece = Math.floor(sizeBytes / pieceBytes);
		expect(content.isComplete && content.has(0) && content.has(lastPiece)).toBe(true);
		const places = [
			[0, 0, 16_384],
			[3, pieceBytes - 100, 200],
			[7, 5, 3],
			[lastPiece, 0, 17],
		] as const;
		for (const [piece, offset, length] of places) {
			const start = piece * pieceBytes + offset;
			const expected = Uint8Array.from({ length }, (_, index) => byteAt(start + index));
			expect(await content.read(piece, offset, length)).toEqual(expected);
		}
		await expect(content.read(lastPiece, 0, 18)).rejects.toMatchObject({
			code: 'invalid-argument',
		});
	});

	it('reads a slice once for all blocks asked for together', async () => {
		const { content, reads } = openFile();
		const blocks = Array.from({ length: 64 }, (_, block) =>
			content.read(block >> 4, (block & 15) * 16_384, 16_384),
		);
		await Promise.all(blocks);
		expect(reads).toEqual([{ offsetBytes: 0, lengthBytes: mebibyte }]);
	});

	it('keeps sixteen slices and no more', async () => {
		const { content, reads } = openFile();
		const readSlice = (slice: number) => content.read(slice * 4, 0, 16);
		for (let slice = 0; slice < 17; slice += 1) await readSlice(slice);
		await readSlice(16);
		await readSlice(1);
		expect(reads).toHaveLength(17);
		await readSlice(0);
		expect(reads).toHaveLength(18);
	});

	it('says that the file has changed, and reads again what failed', async () => {
		const { content, fail } = openFile();
		fail(new GiggityflixError('corrupt', 'the file has changed'));
		await expect(content.read(0, 0, 16)).rejects.toMatchObject({ code: 'corrupt' });
		fail(undefined);
		expect(await content.read(0, 0, 1)).toEqual(Uint8Array.of(byteAt(0)));
	});
});
