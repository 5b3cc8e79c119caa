import { describe, expect, it } from 'vitest';
import { chunkBytes } from '../../../../peer/hashing/read-pieces.ts';
import { streamFile, type FileStream } from '../../../../web/lib/browser/file-stream.ts';

/** What tells one place of a file from another. */
const stretchBytes = 1024 * 1024;

/** Two and a half chunks, of stretches that are numbered. */
const content = new Uint8Array(2.5 * chunkBytes);
for (let at = 0; at < content.length; at += stretchBytes) content[at] = 1 + at / stretchBytes;
const film = () => new File([content], 'film.mp4');

/** Browsers whose files have a stream that reads into memory of its own alone. */
const withPlainStream = (file: File) =>
	Object.assign(file, { slice: (...range: number[]) => plainly(new Blob([file]).slice(...range)) });

const plainly = (part: Blob) => Object.assign(part, { stream: () => new ReadableStream() });

async function readOn(stream: FileStream, lengthBytes: number) {
	const chunks: Uint8Array[] = [];
	let spare: ArrayBuffer | undefined;
	for (let left = lengthBytes; left > 0; left -= chunks.at(-1)!.length) {
		const chunk = await stream.next(spare);
		chunks.push(chunk.slice());
		spare = chunk.buffer;
	}
	return { lengths: chunks.map(({ length }) => length), bytes: Buffer.concat(chunks) };
}

describe('streamFile', () => {
	for (const [what, file] of [
		['streams', film()],
		['slices', withPlainStream(film())],
	] as const) {
		it(`reads ${what} in order, chunk by chunk`, async () => {
			const read = await readOn(streamFile(file, 0), content.length);
			expect(read.lengths).toEqual([chunkBytes, chunkBytes, chunkBytes / 2]);
			expect(read.bytes.equals(content)).toBe(true);
		});

		it(`reads ${what} on from the middle`, async () => {
			const read = await readOn(streamFile(file, chunkBytes), content.length - chunkBytes);
			expect(read.lengths).toEqual([chunkBytes, chunkBytes / 2]);
			expect(read.bytes.equals(content.subarray(chunkBytes))).toBe(true);
		});
	}

	it('refuses a file that has become shorter', async () => {
		const file = Object.assign(film(), {
			slice: () => new Blob([content.subarray(0, stretchBytes)]),
		});
		await expect(streamFile(file, 0).next()).rejects.toMatchObject({ code: 'corrupt' });
	});

	it('says why the browser refuses', async () => {
		const refusal = new DOMException('refused', 'NotFoundError');
		const stream = () =>
			new ReadableStream({ type: 'bytes', pull: (controller) => controller.error(refusal) });
		const file = Object.assign(film(), { slice: () => ({ stream }) });
		await expect(streamFile(file, 0).next()).rejects.toMatchObject({ code: 'not-found' });
	});
});
