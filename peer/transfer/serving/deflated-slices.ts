// A range of a file as slices of one DEFLATE stream of its byte planes: what served-range.ts sends of an index. The
// rule: it is read as the stream is taken, so that the first bytes leave long before the last are read. Knows no frames
// and no credit.
import type { Compression } from '../../ports.ts';
import { toBytePlanes } from '../byte-planes.ts';
import { gatherChunks } from '../player/gather-chunks.ts';
import type { SliceReader } from './slice-reader.ts';

/** What a browser's stream gives at once, then frames like those of media. */
const sliceSizes = { firstBytes: 16 * 1024, mostBytes: 128 * 1024 };

export function deflateSlices(plain: SliceReader, compression: Compression): SliceReader {
	const deflated = gatherChunks(compression.deflate(toBytePlanes(slicesOf(plain))), sliceSizes);
	return {
		async next() {
			const { done, value } = await deflated.next();
			return done === true ? undefined : value;
		},
		close() {
			plain.close();
			// Nobody waits for the end of a stream that nobody wants.
			deflated.return().catch(() => undefined);
		},
	};
}

async function* slicesOf(
	reader: SliceReader,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	for (;;) {
		const slice = await reader.next();
		if (slice === undefined) return;
		yield slice;
	}
}
