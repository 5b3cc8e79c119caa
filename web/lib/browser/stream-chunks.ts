// A browser's `File` in large chunks, read into two buffers that are used again and again: one is filled while the
// other is hashed. Reading a stream into one's own buffer is twice as fast as slicing, and leaves no garbage.
import { chunkBytes } from '../../../peer/hashing/hash-file.ts';
import { GiggityflixError } from '../../../proto/errors.ts';

/** A chunk is overwritten once the next one is asked for. Throws `GiggityflixError` when the browser refuses. */
export async function* streamChunks(file: File): AsyncGenerator<Uint8Array<ArrayBuffer>> {
	const reader = file.stream().getReader({ mode: 'byob' });
	try {
		let reading = fill(reader, new ArrayBuffer(chunkBytes));
		let spare = new ArrayBuffer(chunkBytes);
		for (;;) {
			const chunk = await reading;
			if (chunk.length < chunkBytes) {
				if (chunk.length > 0) yield chunk;
				return;
			}
			reading = fill(reader, spare);
			// A consumer that stops here leaves the read ahead to itself.
			reading.catch(() => undefined);
			yield chunk;
			spare = chunk.buffer;
		}
	} finally {
		reader.cancel().catch(() => undefined);
	}
}

/** Fills a buffer, or as much of it as the file still has. */
async function fill(
	reader: ReadableStreamBYOBReader,
	empty: ArrayBuffer,
): Promise<Uint8Array<ArrayBuffer>> {
	let buffer = empty;
	let filledBytes = 0;
	try {
		while (filledBytes < chunkBytes) {
			const view = new Uint8Array(buffer, filledBytes, chunkBytes - filledBytes);
			const { value, done } = await reader.read(view);
			if (value === undefined) break;
			({ buffer } = value);
			filledBytes += value.length;
			if (done) break;
		}
	} catch (caught) {
		throw GiggityflixError.from(caught);
	}
	return new Uint8Array(buffer, 0, filledBytes);
}
