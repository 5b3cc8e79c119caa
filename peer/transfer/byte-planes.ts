// What an index is made into before it is deflated, and back: its tables are columns of big-endian 32-bit numbers, in
// whose bytes DEFLATE finds little to repeat as they lie. The rule: in each block every byte becomes its difference to the
// byte four before it, and those of one place in the words stand together. That is Blosc's shuffle and bytedelta
// (https://www.blosc.org/posts/bytedelta-enhance-compression-toolset/), and PNG's filter Sub by planes. Any bytes come
// back as they were, wherever words begin; one block is held. Knows no DEFLATE and nothing of indexes.

type Bytes = Uint8Array<ArrayBuffer>;

const wordBytes = 4;
/** Part of the protocol (transfer.proto). Indexes shrink no further with larger ones, and the first bytes leave later. */
const blockBytes = 16 * 1024;

/** Throws what `chunks` throws, and ends them when it is left; so does its inverse. */
export async function* toBytePlanes(
	chunks: AsyncIterable<Bytes>,
): AsyncGenerator<Bytes, void, undefined> {
	for await (const block of blocksOf(chunks)) yield toPlanes(block);
}

/** The inverse, for the same bytes in chunks of any size. */
export async function* fromBytePlanes(
	chunks: AsyncIterable<Bytes>,
): AsyncGenerator<Bytes, void, undefined> {
	for await (const planes of blocksOf(chunks)) yield fromPlanes(planes);
}

/** The last one may be smaller. Each is overwritten by the next. */
async function* blocksOf(chunks: AsyncIterable<Bytes>): AsyncGenerator<Bytes, void, undefined> {
	const block = new Uint8Array(blockBytes);
	let filledBytes = 0;
	for await (const chunk of chunks) {
		for (let at = 0; at < chunk.length;) {
			const part = chunk.subarray(at, at + blockBytes - filledBytes);
			block.set(part, filledBytes);
			filledBytes += part.length;
			at += part.length;
			if (filledBytes < blockBytes) continue;
			filledBytes = 0;
			yield block;
		}
	}
	if (filledBytes > 0) yield block.subarray(0, filledBytes);
}

function toPlanes(block: Bytes): Bytes {
	const planes = new Uint8Array(block.length);
	let at = 0;
	for (let plane = 0; plane < wordBytes; plane += 1) {
		let previous = 0;
		for (let from = plane; from < block.length; from += wordBytes) {
			const byte = block[from] ?? 0;
			planes[at] = byte - previous;
			previous = byte;
			at += 1;
		}
	}
	return planes;
}

function fromPlanes(planes: Bytes): Bytes {
	const block = new Uint8Array(planes.length);
	let at = 0;
	for (let plane = 0; plane < wordBytes; plane += 1) {
		let byte = 0;
		for (let to = plane; to < block.length; to += wordBytes) {
			byte = (byte + (planes[at] ?? 0)) & 0xff;
			block[to] = byte;
			at += 1;
		}
	}
	return block;
}
