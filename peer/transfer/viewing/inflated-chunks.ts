// What a viewer makes of a range that comes deflated. The rule: the owner is believed neither in what the stream is nor
// in its length: it ends with the first byte too many. Knows no link.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { Compression } from '../../ports.ts';
import { fromBytePlanes } from '../byte-planes.ts';
import { gatherChunks } from '../player/gather-chunks.ts';

/** As large as the frames of media. Players use an index as a whole. */
const chunkSizes = { firstBytes: 256 * 1024, mostBytes: 256 * 1024 };

/** Exactly `lengthBytes` plain bytes. Throws what `deflated` throws, and `corrupt` when it makes anything else. */
export async function* inflateChunks(
	deflated: AsyncIterable<Uint8Array<ArrayBuffer>>,
	lengthBytes: number,
	compression: Compression,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	let missingBytes = lengthBytes;
	const plain = fromBytePlanes(compression.inflate(deflated));
	for await (const chunk of gatherChunks(plain, chunkSizes)) {
		missingBytes -= chunk.length;
		if (missingBytes < 0) throw wrongLength();
		yield chunk;
	}
	if (missingBytes > 0) throw wrongLength();
}

/** What a stream may take that carries `plainBytes`: bytes that do not shrink are stored with a little around them. */
export function mostDeflatedBytes(plainBytes: number): number {
	return plainBytes + Math.ceil(plainBytes / 8) + 64;
}

function wrongLength(): GiggityflixError {
	return new GiggityflixError('corrupt', 'a deflated range makes another length');
}
