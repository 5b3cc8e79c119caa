// Small chunks of a stream put together, since every message to another process costs more than the bytes in it. The rule:
// only what somebody uses as a whole is held back. Knows nothing of the bytes.

/**
 * The same bytes in chunks of at least `firstBytes`, then twice that and so on up to `mostBytes`; the last may be smaller.
 * Throws what `chunks` throws, and ends them when it is left.
 */
export async function* gatherChunks(
	chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
	{ firstBytes, mostBytes }: { readonly firstBytes: number; readonly mostBytes: number },
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
	let leastBytes = firstBytes;
	let parts: Uint8Array<ArrayBuffer>[] = [];
	let gatheredBytes = 0;
	for await (const chunk of chunks) {
		parts.push(chunk);
		gatheredBytes += chunk.length;
		if (gatheredBytes < leastBytes) continue;
		yield join(parts, gatheredBytes);
		parts = [];
		gatheredBytes = 0;
		leastBytes = Math.min(mostBytes, leastBytes * 2);
	}
	if (gatheredBytes > 0) yield join(parts, gatheredBytes);
}

function join(parts: Uint8Array<ArrayBuffer>[], totalBytes: number): Uint8Array<ArrayBuffer> {
	const [only] = parts;
	if (parts.length === 1 && only !== undefined) return only;
	const joined = new Uint8Array(totalBytes);
	let at = 0;
	for (const part of parts) {
		joined.set(part, at);
		at += part.length;
	}
	return joined;
}
