// Reads one range of a file front to back in slices that grow, with the next slice on its way while one
// is used: small at first because somebody waits for the first byte, large later because browsers read
// large slices 5–8 times faster. Holds two slices at most. Used to serve viewers and to play one's own.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { OpenFile } from '../../ports.ts';

export interface SliceReader {
	/** The bytes after the last slice, `undefined` at the end. One call at a time. Throws what `OpenFile.read` throws. */
	next(): Promise<Uint8Array<ArrayBuffer> | undefined>;
	/** Nothing more is wanted: reads no further. */
	close(): void;
}

export interface SliceReaderOptions {
	readonly file: OpenFile;
	readonly offsetBytes: number;
	readonly lengthBytes: number;
	/** Slices are multiples of it, but for the first one and the last. */
	readonly unitBytes: number;
	/** Asked before each slice, so that many readers can share a memory bound. */
	readonly maxSliceBytes: () => number;
}

/** About what a picture takes: a player decodes it while the rest is read and sent. A piece of 256 KiB is two slices. */
const firstSliceBytes = 64 * 1024;

export function createSliceReader(options: SliceReaderOptions): SliceReader {
	const { file, unitBytes, maxSliceBytes } = options;
	const endBytes = options.offsetBytes + options.lengthBytes;
	let nextBytes = options.offsetBytes;
	let sliceBytes = Math.min(firstSliceBytes, unitBytes);
	let pending: Promise<Uint8Array<ArrayBuffer>> | undefined;

	function startRead(): Promise<Uint8Array<ArrayBuffer>> | undefined {
		if (nextBytes >= endBytes) return undefined;
		const mostBytes = Math.max(1, Math.floor(maxSliceBytes() / unitBytes)) * unitBytes;
		sliceBytes = Math.min(sliceBytes, mostBytes);
		const offsetBytes = nextBytes;
		const lengthBytes = Math.min(sliceBytes, endBytes - offsetBytes);
		nextBytes += lengthBytes;
		sliceBytes = sliceBytes < unitBytes ? unitBytes : 2 * sliceBytes;
		const read = readExactly(file, offsetBytes, lengthBytes);
		// A slice read ahead may never be asked for; its failure is then nobody's.
		read.catch(() => undefined);
		return read;
	}

	return {
		async next() {
			const slice = await (pending ?? startRead());
			pending = slice === undefined ? undefined : startRead();
			return slice;
		},
		close() {
			nextBytes = endBytes;
			pending = undefined;
		},
	};
}

async function readExactly(
	file: OpenFile,
	offsetBytes: number,
	lengthBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
	const bytes = await file.read(offsetBytes, lengthBytes);
	if (bytes.length === lengthBytes) return bytes;
	throw new GiggityflixError('corrupt', 'the file is shorter than it was');
}
