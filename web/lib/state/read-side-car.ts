// A subtitle file beside a film, in memory.
import type { WatchSource } from '../../../peer/peer.ts';

/** `undefined` when it is empty or cannot be had. */
export async function readSideCar(
	source: Pick<WatchSource, 'read'>,
	sideCar: number,
	sizeBytes: number,
	signal: AbortSignal,
): Promise<Uint8Array | undefined> {
	if (sizeBytes === 0) return undefined;
	const bytes = new Uint8Array(sizeBytes);
	let received = 0;
	try {
		const range = { offsetBytes: 0, lengthBytes: sizeBytes, sideCar };
		for await (const chunk of source.read(range, signal)) {
			bytes.set(chunk, received);
			received += chunk.length;
		}
	} catch {
		// A film without its subtitles is still a film; the next visit asks again.
		return undefined;
	}
	return bytes;
}
