// The core's compression by the browser's own streams. Where they know no raw DEFLATE (Safari before 16.4, Firefox before
// 113) there is none, and everything travels plain.
import { GiggityflixError } from '../../../proto/errors.ts';
import type { Compression } from '../../../peer/ports.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** What goes in at once. A byte makes a thousand at most, so no lie makes more than 16 MiB before it is seen through. */
const inflateStepBytes = 16 * 1024;
/** About two milliseconds, after which what came of it is on its way. */
const deflateStepBytes = 64 * 1024;

export function streamCompression(): Compression | undefined {
	if (!canDeflateRaw()) return undefined;
	return {
		deflate: (chunks) =>
			passThrough(chunks, new CompressionStream('deflate-raw'), deflateStepBytes),
		inflate: (chunks) =>
			passThrough(chunks, new DecompressionStream('deflate-raw'), inflateStepBytes),
	};
}

function canDeflateRaw(): boolean {
	try {
		new DecompressionStream('deflate-raw');
		return true;
	} catch {
		return false;
	}
}

async function* passThrough(
	chunks: AsyncIterable<Bytes>,
	stream: GenericTransformStream,
	stepBytes: number,
): AsyncGenerator<Bytes, void, undefined> {
	const reader = (stream.readable as ReadableStream<Bytes>).getReader();
	const source: Source = { chunks, failure: undefined };
	void feed(source, (stream.writable as WritableStream<Bytes>).getWriter(), stepBytes);
	try {
		for (;;) {
			const { done, value } = await reader.read();
			if (done) return;
			yield value;
		}
	} catch (caught) {
		if (source.failure !== undefined) throw source.failure.error;
		throw new GiggityflixError('corrupt', 'these bytes are no DEFLATE stream', { cause: caught });
	} finally {
		// Ends the feeding as well, with its next write.
		reader.cancel().catch(() => undefined);
	}
}

interface Source {
	readonly chunks: AsyncIterable<Bytes>;
	/** Why no more chunks came. */
	failure: { readonly error: unknown } | undefined;
}

/** No faster than the stream is read, which is where failures are heard. */
async function feed(
	source: Source,
	writer: WritableStreamDefaultWriter<Bytes>,
	stepBytes: number,
): Promise<void> {
	try {
		for await (const chunk of noteFailure(source)) {
			for (let at = 0; at < chunk.length; at += stepBytes) {
				await writer.write(chunk.subarray(at, at + stepBytes));
			}
		}
		await writer.close();
	} catch (error) {
		await writer.abort(error).catch(() => undefined);
	}
}

async function* noteFailure(source: Source): AsyncGenerator<Bytes, void, undefined> {
	try {
		yield* source.chunks;
	} catch (error) {
		source.failure = { error };
		throw error;
	}
}
